// `tsnet exec`: one more command in a sandbox.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getLiveSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { CommandExit } from '../command-exit.ts';
import { addCommandOptions, environmentFor, execute, surroundingsOf } from '../command-options.ts';
import type { CommandOptions, SandboxCommand } from '../command-options.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';

export function addExec(tsnet: Command, context: Context): void {
  const exec = tsnet
    .command('exec')
    .description('run a further command in a sandbox')
    .usage('[options] <sandbox> [--] <command> [argument...]')
    .argument('<sandbox>', 'its name or id')
    .argument('<command...>', 'the command and its arguments');
  addCommandOptions(exec)
    .passThroughOptions()
    .action((name: string, words: string[], options: CommandOptions) => {
      try {
        throw new CommandExit(execute(...prepare(context, name, words, options)));
      } catch (error) {
        throw failureOf(error);
      }
    });
}

function prepare(
  context: Context,
  name: string,
  words: string[],
  options: CommandOptions,
): [Sandbox, SandboxCommand] {
  const argv = words[0] === '--' ? words.slice(1) : words;
  const environment = environmentFor(context, options);
  return Host.with(context.env, (host) => {
    collectSandboxes(host);
    const sandbox = getLiveSandbox(host, name);
    const around = { ...surroundingsOf(host, sandbox), directory: options.workdir };
    return [sandbox, { argv, environment, around }];
  });
}
