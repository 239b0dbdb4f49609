// `tsnet logs`: what the command of a sandbox has written.
import { closeSync, openSync } from 'node:fs';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { pause } from '../../cnm/pause.ts';
import { getSandbox } from '../../cnm/sandbox.ts';
import { isRunning } from '../../cnm/sandbox-process.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { LogReader, startOfTail } from '../log-reader.ts';

/** How often a log is looked at for more, in ms. */
const INTERVAL = 100;

interface Options {
  readonly follow: boolean;
  readonly tail: string;
}

export function addLogs(tsnet: Command, context: Context): void {
  tsnet
    .command('logs')
    .description('print what the command of a sandbox has written, which tsnet run --detach started')
    .argument('<sandbox>', 'its name or id')
    .option('-f, --follow', 'go on with what it writes, until the command ends', false)
    .option('-n, --tail <number>', 'begin with so many of the last lines, or all', 'all')
    .action((nameOrId: string, { follow, tail }: Options) => {
      const lines = readTail(tail);
      const sandbox = Host.with(context.env, (host) => getSandbox(host, nameOrId));
      const fd = open(logOf(sandbox));
      try {
        const reader = new LogReader(fd, lines === undefined ? 0 : startOfTail(fd, lines));
        print(context, reader);
        if (follow) followLog(context, reader, sandbox);
      } finally {
        closeSync(fd);
      }
    });
}

function logOf({ name, details: { log } }: Sandbox): string {
  if (log !== undefined) return log;
  throw new TsnetError(
    'TSNET_CONFIG',
    `sandbox ${name} has no log: its command was not started with --detach`,
  );
}

function open(log: string): number {
  try {
    return openSync(log, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new TsnetError('TSNET_NOT_FOUND', `log ${log} is not there any more: the sandbox has ended`);
  }
}

function readTail(text: string): number | undefined {
  if (text === 'all') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new TsnetError('TSNET_CONFIG', `--tail "${text}": must be a number of lines, or all`);
}

function print({ out }: Context, reader: LogReader): void {
  for (let text = reader.read(); text !== ''; text = reader.read()) out(text);
}

// The file may be taken away meanwhile: what is open stays.
function followLog(context: Context, reader: LogReader, sandbox: Sandbox): void {
  for (;;) {
    // Asked first: what it wrote before it ended is read after it.
    const isOver = !isRunning(sandbox);
    print(context, reader);
    if (isOver) return;
    pause(INTERVAL);
  }
}
