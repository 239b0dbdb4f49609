// `tsnet logs`: what the command of a sandbox has written.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox } from '../../cnm/sandbox.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';

export function addLogs(tsnet: Command, context: Context): void {
  tsnet
    .command('logs')
    .description('print what the command of a sandbox has written, which tsnet run --detach started')
    .argument('<sandbox>', 'its name or id')
    .action((nameOrId: string) => {
      const { name, details } = Host.with(context.env, (host) => getSandbox(host, nameOrId));
      if (details.log === undefined)
        throw new TsnetError(
          'TSNET_CONFIG',
          `sandbox ${name} has no log: its command was not started with --detach`,
        );
      context.out(readFileSync(details.log, 'utf8'));
    });
}
