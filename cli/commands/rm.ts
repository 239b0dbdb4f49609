// `tsnet rm`: takes sandboxes away.
import { Option } from 'commander';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox, isAloneInside } from '../../cnm/sandbox.ts';
import { endSandbox, removeSandbox } from '../../cnm/sandbox-end.ts';
import { KILLED } from '../../cnm/sandbox-outcome.ts';
import { isRunning, stopInhabitants, stopOwner } from '../../cnm/sandbox-process.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { inhabitantsOf } from '../../netns/inhabited.ts';
import { openIfPresent } from '../../netns/namespace.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

export function addRm(tsnet: Command, context: Context): void {
  tsnet
    .command('rm')
    .description('take sandboxes away')
    .argument('<sandbox...>', 'names or ids')
    .option('-f, --force', 'also such that commands still run in: they are killed', false)
    // For the guard of a run that was killed.
    .addOption(new Option('--but-record', 'keep the record of one that is to keep it').hideHelp())
    .action((names: string[], { force, butRecord }: { force: boolean; butRecord?: true }) => {
      Host.with(context.env, (host) => {
        forEach(context, names, (name) => {
          remove(host, name, force, butRecord);
          return name;
        });
      });
    });
}

/** Takes a sandbox away; such that a command still runs in only when that is forced. Throws TSNET_NOT_FOUND or TSNET_BUSY. */
export function remove(host: Host, name: string, isForced: boolean, isRecordKept = false): void {
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
  if (isAloneInside(host, sandbox)) emptyOut(sandbox, isForced);
  if (isRecordKept) endSandbox(host, sandbox, KILLED);
  else removeSandbox(host, sandbox);
}

function emptyOut({ name, netns }: Sandbox, isForced: boolean): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined) return;
  const pids = inhabitantsOf(namespace.inode);
  if (pids.length === 0) return;
  if (!isForced)
    throw new TsnetError(
      'TSNET_BUSY',
      `sandbox ${name} has commands in it (pid ${pids.join(', ')}): end them first, or use --force`,
    );
  stopInhabitants(namespace);
}
