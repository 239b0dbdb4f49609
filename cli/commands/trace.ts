// `tsnet trace`: what becomes of a connection, and which rule decides.
import { Option } from 'commander';
import type { Command } from 'commander';
import { isTsnetError } from '../../errors/tsnet-error.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';

const EXIT = { NOT_ALLOWED: 1, USAGE: 2 } as const;

interface Options {
  wait?: string;
  format: 'text' | 'json';
}

export function addTrace(tsnet: Command, context: Context): void {
  const format = new Option('--format <format>', 'text, or all steps as JSON');
  tsnet
    .command('trace')
    .description(
      'send one connection, and tell step by step what becomes of it and which rule decides; exits with 1 if it is not answered',
    )
    .argument('<from>', 'a sandbox, "host", or an address outside, from which a connection is waited for')
    .argument('<to>', 'a sandbox or an address, with [:port][/tcp, /udp or /icmp]; without a port, an echo')
    .option(
      '--wait <seconds>',
      'how long to wait: by default 2 for an answer, 60 for a connection from outside',
    )
    .addOption(format.choices(['text', 'json']).default('text'))
    .action(async (from: string, to: string, options: Options) => {
      await run(context, from, to, options);
    });
}

async function run(context: Context, from: string, to: string, { wait, format }: Options): Promise<void> {
  const [{ readPatience, readTarget }, { understand }, { trace }, { traceText, traceView }, { Host }] =
    await Promise.all([
      import('../trace-words.ts'),
      import('../../cnm/trace/ends.ts'),
      import('../../cnm/trace/trace.ts'),
      import('../trace-view.ts'),
      import('../../cnm/host.ts'),
    ]);
  const read = () => {
    try {
      return { target: readTarget(to), patience: readPatience(wait) };
    } catch (error) {
      if (isTsnetError(error, 'TSNET_CONFIG')) throw new CommandExit(EXIT.USAGE, error.message);
      throw error;
    }
  };
  const { target, patience } = read();
  const words = { from, to: target.name, port: target.port, protocol: target.protocol, patience };
  const found = trace(Host.with(context.env, (host) => understand(host, words)));
  context.out(format === 'json' ? json(traceView(found)) : traceText(found));
  if (found.conclusion.outcome !== 'allowed') throw new CommandExit(EXIT.NOT_ALLOWED);
}
