// `tsnet network filter`: a sandbox between two networks; add, ls, rm.
import type { Command } from 'commander';
import { allFilters, createFilter, removeFilter } from '../../cnm/filter/define.ts';
import { Host } from '../../cnm/host.ts';
import type { Context } from '../context.ts';
import { filterItem, filterListing } from '../network-listing.ts';
import { addListingOptions, listingText } from '../output/listing.ts';
import type { ListingOptions } from '../output/listing.ts';

/** Adds the command to `tsnet network`. */
export function addFilter(network: Command, context: Context): void {
  const filter = network.command('filter').description('put a sandbox between two networks');
  filter
    .command('add')
    .description(
      'let two networks call each other through a sandbox alone; while it is not there, not at all',
    )
    .argument('<network>', 'a name or id')
    .argument('<other>', 'a name or id')
    .requiredOption('--through <sandbox>', 'the name of the sandbox, which is on both networks when it runs')
    .action((one: string, other: string, { through }: { through: string }) => {
      Host.with(context.env, (host) => {
        createFilter(host, { networks: [one, other], through });
      });
    });
  addListingOptions(filter.command('ls').description('list filters'), filterListing).action(
    (options: ListingOptions) => {
      const items = Host.with(context.env, allFilters).map(filterItem);
      context.out(listingText(items, options, filterListing));
    },
  );
  filter
    .command('rm')
    .description('let two networks be to each other what they were before')
    .argument('<network>', 'a name or id')
    .argument('<other>', 'a name or id')
    .action((one: string, other: string) => {
      Host.with(context.env, (host) => {
        removeFilter(host, [one, other]);
      });
    });
}
