// `tsnet audit`: what is reachable from where, and what is wider than stated.
import type { Command } from 'commander';
import { audit } from '../../audit/audit.ts';
import type { Report } from '../../audit/audit.ts';
import type { Flag } from '../../audit/flag.ts';
import { readWorld } from '../../cnm/audit/world.ts';
import { Host } from '../../cnm/host.ts';
import { auditText } from '../audit-view.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import { addListingOptions, chooseItems, chosenText } from '../output/listing.ts';
import type { Listing, ListingOptions } from '../output/listing.ts';

const FLAGGED = 1;

// What is listed are the flags; the rest of a report goes with them where no form is asked for that is a line for each.
const listing = {
  headings: {},
  standard: ['code', 'where', 'what'],
  brief: ({ code, where }) => `${code} ${where}`,
  plain: '',
  filters: {
    code: ({ code }, wanted) => code === wanted,
    where: ({ where }, wanted) => where.includes(wanted),
  },
} satisfies Listing<Flag>;

function listingOf(report: Report): Listing<Flag> {
  return {
    ...listing,
    plain: (flags) => auditText({ ...report, flags }),
    json: (flags) => json({ ...report, flags }),
  };
}

export function addAudit(tsnet: Command, context: Context): void {
  const command = tsnet
    .command('audit')
    .description(
      'tell what is reachable from where, by the rules that are in force, and flag what is wider than stated',
    );
  addListingOptions(command, listing).action((options: ListingOptions) => {
    const report = Host.with(context.env, (host) => audit(readWorld(host)));
    const flags = chooseItems(report.flags, options.filter, listing);
    context.out(chosenText(flags, options, listingOf(report)));
    if (flags.length > 0) throw new CommandExit(FLAGGED);
  });
}
