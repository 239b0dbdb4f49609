// `tsnet rm`: takes sandboxes away.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox, isRunning, removeSandbox, stopOwner } from '../../cnm/sandbox.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';

export function addRm(tsnet: Command, context: Context): void {
  tsnet
    .command('rm')
    .description('take sandboxes away')
    .argument('<sandbox...>', 'names or ids')
    .option('-f, --force', 'also such whose command still runs: it is killed', false)
    .action((names: string[], { force }: { force: boolean }) => {
      Host.with(context.env, (host) => {
        for (const name of names) remove(host, name, force);
      });
      context.out(names.map((name) => `${name}\n`).join(''));
    });
}

function remove(host: Host, name: string, isForced: boolean): void {
  const sandbox = getSandbox(host, name);
  if (isRunning(sandbox)) {
    if (!isForced) {
      throw new TsnetError(
        'TSNET_BUSY',
        `sandbox ${sandbox.name} is running (pid ${sandbox.pid}): end its command first, or use --force`,
      );
    }
    stopOwner(sandbox);
  }
  removeSandbox(host, sandbox);
}
