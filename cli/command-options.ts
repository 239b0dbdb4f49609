// What a command in a sandbox is run with, for `run` and `exec`.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Host } from '../cnm/host.ts';
import { filesOf } from '../cnm/sandbox-files.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { startCommand, SystemError, waitCommand } from '../native/index.ts';
import type { Surroundings } from '../native/index.ts';
import { openNamespace } from '../netns/namespace.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { CommandExit } from './command-exit.ts';
import type { Context } from './context.ts';
import { collect } from './sandbox-options.ts';

/** What tsnet itself ends with when the command never ran, as `docker run` does. */
export const EXIT = { FAILED: 125, CANNOT_RUN: 126, NOT_FOUND: 127 } as const;

/** What was said, as text. */
export interface CommandOptions {
  env: string[];
  envFile: string[];
  workdir?: string;
}

/** Declares them. */
export function addCommandOptions(command: Command): Command {
  return command
    .option(
      '-e, --env <name=value>',
      'a variable for the command; without a value, as it is here',
      collect,
      [],
    )
    .option('--env-file <file>', 'a file with a variable in each line', collect, [])
    .option('-w, --workdir <folder>', 'the folder that the command begins in')
    .option('-i, --interactive', 'accepted: the command has your stdin', false)
    .option('-t, --tty', 'accepted: the command has your terminal', false);
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    throw new TsnetError('TSNET_CONFIG', `--env-file "${file}": ${(error as Error).message}`);
  }
}

/** The variables of a command: those of the caller, then of files, then of options. Throws TSNET_CONFIG. */
export function environmentFor(
  { env }: Context,
  { env: told, envFile }: CommandOptions,
): Record<string, string> {
  const inFiles = envFile
    .flatMap(linesOf)
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const changes = [...inFiles, ...told].map((text): [string, string | undefined] => {
    const at = text.indexOf('=');
    if (at === 0 || text === '') throw new TsnetError('TSNET_CONFIG', `--env "${text}": must be name=value`);
    return at < 0 ? [text, env[text]] : [text.slice(0, at), text.slice(at + 1)];
  });
  const all: NodeJS.ProcessEnv = { ...env, [DETACHED]: undefined, ...Object.fromEntries(changes) };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The variable that tells a `tsnet run` that it is to go on in the background. */
export const DETACHED = 'TSNET_DETACHED';

/** What a command in a sandbox sees. */
export function surroundingsOf(host: Host, sandbox: Sandbox): Omit<Surroundings, 'namespace'> {
  return { files: filesOf(host, sandbox), hostname: sandbox.details.hostname };
}

/** A command to run in a sandbox. */
export interface SandboxCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly around: Omit<Surroundings, 'namespace'>;
  /** Called when it runs. */
  readonly whenStarted?: () => void;
}

/** Runs a command in a sandbox and returns its exit code. Throws CommandExit when it cannot be run. */
export function execute(
  { netns }: Sandbox,
  { argv, environment, around, whenStarted }: SandboxCommand,
): number {
  using namespace = openNamespace(netns);
  return runCommandIn({ ...around, namespace: namespace.fd }, argv, environment, whenStarted);
}

/** The same, in any surroundings. */
export function runCommandIn(
  around: Surroundings,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  whenStarted?: () => void,
): number {
  // While the command runs, signals are passed on to it; afterwards they must not keep us from cleaning up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => undefined);
  let command: number;
  try {
    command = startCommand(around, argv, environment);
  } catch (error) {
    if (!(error instanceof SystemError) || error.syscall !== 'exec') throw error;
    throw new CommandExit(error.errno === 'ENOENT' ? EXIT.NOT_FOUND : EXIT.CANNOT_RUN, error.message);
  }
  whenStarted?.();
  return waitCommand(command);
}
