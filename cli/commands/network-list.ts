// `tsnet network ls` and `tsnet network inspect`.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { allNetworks } from '../../cnm/network.ts';
import { endpointNetwork } from '../../cnm/network-store.ts';
import { isPart, listEndpoints } from '../../state/endpoint.ts';
import type { Context } from '../context.ts';
import { inspectEach } from '../each.ts';
import { networkItem, networkListing } from '../network-listing.ts';
import { findNetworkView, networkJson, networkViews } from '../network-view.ts';
import { addInspectOption, addListingOptions, listingText } from '../output/listing.ts';
import type { ListingOptions } from '../output/listing.ts';

/** Adds the command `ls` to `tsnet network`. */
export function addList(network: Command, context: Context): void {
  const ls = network.command('ls').description('list networks');
  addListingOptions(
    ls,
    networkListing(() => false),
  )
    .option('--no-trunc', 'ids in full')
    .action((options: ListingOptions & { trunc: boolean }) => {
      const text = Host.with(context.env, (host) => {
        const items = networkViews(allNetworks(host)).map((view) => networkItem(view, !options.trunc));
        const isUsed = (name: string): boolean =>
          listEndpoints(host.db, 'network', endpointNetwork({ name })).some((one) => !isPart(one));
        return listingText(items, options, networkListing(isUsed));
      });
      context.out(text);
    });
}

/** Adds the command `inspect` to `tsnet network`. */
export function addInspectNetwork(network: Command, context: Context): void {
  const inspect = network
    .command('inspect')
    .description('tell all about networks, as JSON in the shape of docker network inspect')
    .argument('<network...>', 'names or ids');
  addInspectOption(inspect).action((names: string[], { format }: { format?: string }) => {
    Host.with(context.env, (host) => {
      const views = networkViews(allNetworks(host));
      inspectEach(context, names, {
        view: (name) => networkJson(host, findNetworkView(views, name)),
        format,
      });
    });
  });
}
