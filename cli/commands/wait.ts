// `tsnet wait`: until commands have ended.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import { awaitOutcome } from '../../cnm/sandbox-outcome.ts';
import type { Context } from '../context.ts';

export function addWait(tsnet: Command, context: Context): void {
  tsnet
    .command('wait')
    .description('wait until the commands of sandboxes have ended; print their exit codes')
    .argument('<sandbox...>', 'names or ids')
    .action((names: string[]) => {
      Host.with(context.env, (host) => {
        collectSandboxes(host);
        const sandboxes = names.map((name) => getSandbox(host, name));
        for (const sandbox of sandboxes) context.out(`${awaitOutcome(host, sandbox)}\n`);
      });
    });
}
