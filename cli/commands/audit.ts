// `tsnet audit`: what is reachable from where, and what is wider than stated.
import { Option } from 'commander';
import type { Command } from 'commander';
import { audit } from '../../audit/audit.ts';
import { readWorld } from '../../cnm/audit/world.ts';
import { Host } from '../../cnm/host.ts';
import { auditText } from '../audit-view.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';

const FLAGGED = 1;

export function addAudit(tsnet: Command, context: Context): void {
  const format = new Option('--format <format>', 'a table, or all that was looked at as JSON');
  tsnet
    .command('audit')
    .description(
      'tell what is reachable from where, by the rules that are in force, and flag what is wider than stated',
    )
    .addOption(format.choices(['table', 'json']).default('table'))
    .action((options: { format: 'table' | 'json' }) => {
      const report = Host.with(context.env, (host) => audit(readWorld(host)));
      context.out(options.format === 'json' ? json(report) : auditText(report));
      if (report.flags.length > 0) throw new CommandExit(FLAGGED);
    });
}
