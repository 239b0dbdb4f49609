// `tsnet ps`: the sandboxes that are there.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import { hasEnded } from '../../cnm/sandbox-process.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { addListingOptions, listingText } from '../output/listing.ts';
import type { ListingOptions } from '../output/listing.ts';
import { sandboxItem, sandboxListing } from '../sandbox-listing.ts';

type Options = ListingOptions & { readonly all: boolean; readonly trunc: boolean };

// Who asks how they are means those, too.
function isAll({ all, filter }: Options): boolean {
  return all || filter.some((one) => /^(status|exited)=/.test(one));
}

export function addPs(tsnet: Command, context: Context): void {
  const ps = tsnet.command('ps').description('list sandboxes');
  addListingOptions(ps, sandboxListing)
    .option('-a, --all', 'also such as have ended, whose records tsnet run --no-rm has kept', false)
    .option('--no-trunc', 'ids and commands in full')
    .action((options: Options) => {
      const items = Host.with(context.env, (host) => {
        collectSandboxes(host);
        const sandboxes = listSandboxes(host.db).filter((one) => isAll(options) || !hasEnded(one));
        return sandboxes.map((sandbox) => sandboxItem(host, sandbox, !options.trunc));
      });
      context.out(listingText(items, options, sandboxListing));
    });
}
