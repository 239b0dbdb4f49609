// `tsnet run`: a sandbox for the time of one command.
import { closeSync, constants, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { readyForeignRules } from '../../cnm/foreign-rules.ts';
import { Host } from '../../cnm/host.ts';
import { randomId } from '../../cnm/random-id.ts';
import { createSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes, endSandbox, keepSandbox, removeSandbox } from '../../cnm/sandbox-end.ts';
import { folderOf } from '../../cnm/sandbox-files.ts';
import { openOutcome, tellOutcome } from '../../cnm/sandbox-outcome.ts';
import { dismissGuard, releaseGuard, startGuard } from '../../native/index.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { CommandExit } from '../command-exit.ts';
import {
  addCommandOptions,
  DETACHED,
  environmentFor,
  execute,
  EXIT,
  surroundingsOf,
} from '../command-options.ts';
import type { CommandOptions } from '../command-options.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';
import { addSandboxOptions, readSpec } from '../sandbox-options.ts';
import type { SandboxOptions } from '../sandbox-options.ts';

interface Options extends SandboxOptions, CommandOptions {
  detach: boolean;
  restart: string;
  rm: boolean;
  logFile?: string;
}

export function addRun(tsnet: Command, context: Context): void {
  const run = tsnet
    .command('run')
    .description('run a command in a network of its own')
    .usage('[options] -- <command> [argument...]')
    .argument('<command...>', 'the command and its arguments')
    .option('-d, --detach', 'in the background: print the id when the command runs', false)
    .option(
      '--log-file <file>',
      'with --detach: the file that the command writes to; if left out, one that goes with the sandbox',
    )
    .option('--rm', 'a sandbox goes with its command, which is so if left out', true)
    .option(
      '--no-rm',
      'or --rm=false: keep its record, exit code and log when the command has ended, until tsnet rm',
    )
    .option('--restart <policy>', 'accepted: no', 'no');
  // Docker's spelling of the two.
  for (const [flag, isSo] of [
    ['rm=true', true],
    ['rm=false', false],
  ] as const)
    run
      .addOption(new Option(`--${flag}`).hideHelp())
      .on(`option:${flag}`, () => run.setOptionValue('rm', isSo));
  addCommandOptions(addSandboxOptions(run))
    .passThroughOptions()
    .action(async (command: string[], options: Options) => {
      throw new CommandExit(await begin(context, command, options));
    });
}

async function begin(context: Context, command: string[], options: Options): Promise<number> {
  const isBehind = context.env[DETACHED] !== undefined;
  try {
    if (options.restart !== 'no')
      throw new CommandExit(
        EXIT.FAILED,
        `--restart "${options.restart}": must be no: nobody stays behind to start the command again`,
      );
    if (options.detach && !isBehind) return await goBehind(context);
    if (options.publish.length > 0) await readyForeignRules();
    return run(context, command, options);
  } catch (error) {
    throw failureOf(error);
  }
}

// Loaded for those who want it.
async function goBehind(context: Context): Promise<number> {
  const { runBehind } = await import('../run-behind.ts');
  return runBehind(context);
}

function run(context: Context, command: string[], options: Options): number {
  // Started first: from here on nothing that happens to this process leaves anything behind.
  const id = randomId();
  const guard = startGuard(['tsnet', 'rm', '--force', '--but-record', id]);
  try {
    const { logFile } = options;
    const environment = environmentFor(context, options);
    const [sandbox, files, outcome] = Host.with(context.env, (host) => {
      collectSandboxes(host);
      const log = options.detach ? resolve(logFile ?? join(folderOf(host, id), 'log')) : undefined;
      const made = createSandbox(host, id, readSpec(options, command, log));
      return [made, surroundingsOf(host, made), openOrRemove(host, made)];
    });
    return see(context, { sandbox, outcome, guard }, () => {
      const around = { directory: options.workdir, ...files, ...streamsOf(sandbox) };
      const code = execute(sandbox, {
        argv: command,
        environment,
        around,
        whenStarted: () => {
          if (!options.rm) Host.with(context.env, (host) => keepSandbox(host, sandbox));
          tellStarted(context, sandbox);
        },
      });
      tellOutcome(outcome, code);
      return code;
    });
  } finally {
    releaseGuard(guard);
  }
}

interface Running {
  readonly sandbox: Sandbox;
  readonly outcome: number;
  readonly guard: number;
}

// Whoever waits for the outcome goes on when all is taken away.
function see(context: Context, { sandbox, outcome, guard }: Running, work: () => number): number {
  let code: number = EXIT.FAILED;
  try {
    code = work();
    return code;
  } finally {
    Host.with(context.env, (host) => {
      endSandbox(host, sandbox, code);
      dismissGuard(guard);
    });
    closeSync(outcome);
  }
}

function openOrRemove(host: Host, sandbox: Sandbox): number {
  try {
    return openOutcome(host, sandbox);
  } catch (error) {
    removeSandbox(host, sandbox);
    throw error;
  }
}

function streamsOf({ details: { log } }: Sandbox): { input?: number; output?: number } {
  if (log === undefined) return {};
  const output = openSync(log, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
  return { input: openSync('/dev/null', constants.O_RDONLY), output };
}

function tellStarted({ out }: Context, { id, details: { log } }: Sandbox): void {
  if (log !== undefined) out(`${id}\n`);
}
