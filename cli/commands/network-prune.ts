// `tsnet network prune`: forgets the networks that nobody is on.
import { readSync } from 'node:fs';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { pruneNetworks } from '../../cnm/network.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Network } from '../../state/network.ts';
import type { Context } from '../context.ts';
import { collect } from '../network-words.ts';

interface Options {
  readonly force: boolean;
  readonly filter: string[];
}

/** Adds the command to `tsnet network`. */
export function addPrune(network: Command, context: Context): void {
  network
    .command('prune')
    .description('forget all networks that nobody is on')
    .option('-f, --force', 'without asking', false)
    .option(
      '--filter <filter>',
      'those alone with label=<name> or label=<name>=<value>, or without: label!=...; may be repeated',
      collect,
      [],
    )
    .action(({ force, filter }: Options) => {
      const filters = filter.map(readFilter);
      if (!force && !isConfirmed(context)) return;
      const pruned = Host.with(context.env, (host) =>
        pruneNetworks(host, (one) => filters.every((isMeant) => isMeant(one))),
      );
      if (pruned.length > 0)
        context.out(`Deleted Networks:\n${pruned.map(({ name }) => `${name}\n`).join('')}`);
    });
}

function readFilter(text: string): (network: Network) => boolean {
  const [, not, label, value] = /^label(!?)=([^=]+)(?:=(.*))?$/.exec(text) ?? [];
  if (label === undefined)
    throw new TsnetError(
      'TSNET_CONFIG',
      `--filter "${text}": must be label=<name>, label=<name>=<value>, or the same with !=`,
    );
  return ({ labels }) => {
    const hasLabel = Object.hasOwn(labels, label) && (value === undefined || labels[label] === value);
    return hasLabel === (not === '');
  };
}

function isConfirmed(context: Context): boolean {
  context.err(
    'WARNING! This will remove all networks that nobody is on.\nAre you sure you want to continue? [y/N] ',
  );
  return /^y(es)?$/i.test(readLine().trim());
}

// Of stdin no more is taken than the answer.
function readLine(): string {
  const byte = Buffer.alloc(1);
  let line = '';
  while (readSync(0, byte) === 1 && byte[0] !== 10) line += byte.toString('latin1');
  return line;
}
