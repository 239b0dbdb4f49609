// `tsnet ps`: the sandboxes that run.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { collectSandboxes } from '../../cnm/sandbox.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { addListingOptions, listingText } from '../output/listing.ts';
import type { ListingOptions } from '../output/listing.ts';
import { sandboxItem, sandboxListing } from '../sandbox-listing.ts';

export function addPs(tsnet: Command, context: Context): void {
  const ps = tsnet.command('ps').description('list the sandboxes that run');
  addListingOptions(ps, sandboxListing)
    .option('--no-trunc', 'ids and commands in full')
    .action((options: ListingOptions & { trunc: boolean }) => {
      const items = Host.with(context.env, (host) => {
        collectSandboxes(host);
        return listSandboxes(host.db).map((sandbox) => sandboxItem(host, sandbox, !options.trunc));
      });
      context.out(listingText(items, options, sandboxListing));
    });
}
