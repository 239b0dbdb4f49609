// The command line: what a person types, and what a person is told.
import { Command, CommanderError, Help, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { setSink } from '../log/log.ts';
import { CommandExit } from './command-exit.ts';
import { addAudit } from './commands/audit.ts';
import { addCni } from './commands/cni.ts';
import { addCompletion } from './commands/completion.ts';
import { addCreate } from './commands/create.ts';
import { addDaemon } from './commands/daemon.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExec } from './commands/exec.ts';
import { addInspect } from './commands/inspect.ts';
import { addLogs } from './commands/logs.ts';
import { addMan } from './commands/man.ts';
import { addNetwork } from './commands/network.ts';
import { addPort } from './commands/port.ts';
import { addPs } from './commands/ps.ts';
import { addRename } from './commands/rename.ts';
import { addRm } from './commands/rm.ts';
import { addRun } from './commands/run.ts';
import { addShow } from './commands/show.ts';
import { addTop } from './commands/top.ts';
import { addTrace } from './commands/trace.ts';
import { addUnshare } from './commands/unshare.ts';
import { addVersion } from './commands/version.ts';
import { addWait } from './commands/wait.ts';
import type { Context } from './context.ts';
import { messageOf } from './failure.ts';

const commands = [
  addRun,
  addCreate,
  addExec,
  addPs,
  addInspect,
  addPort,
  addLogs,
  addWait,
  addRename,
  addRm,
  addNetwork,
  addShow,
  addTop,
  addTrace,
  addDoctor,
  addAudit,
  addUnshare,
  addCni,
  addDaemon,
  addCompletion,
  addMan,
  addVersion,
];

/** Exit codes, as Docker has them; `run` has its own above 124. */
const EXIT = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** The definitions of all commands. */
export function program(context: Context): Command {
  const tsnet = new Command('tsnet')
    .description('Container networks from a plain shell')
    .version(packageJson.version, '-V, --version', 'print the version')
    .addOption(
      new Option('--log-level <level>', 'what is told of the work, on stderr').choices([
        'error',
        'info',
        'trace',
      ]),
    )
    .hook('preAction', async (program) => await setLog(program.opts()))
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .configureHelp({ optionDescription })
    .showHelpAfterError('(tsnet --help shows what there is)')
    .enablePositionalOptions()
    .exitOverride();
  for (const add of commands) add(tsnet, context);
  return tsnet;
}

// That nothing was said by default goes without saying.
function optionDescription(option: Option): string {
  const value: unknown = option.defaultValue;
  const isNothing = value === false || (Array.isArray(value) && value.length === 0);
  return isNothing ? option.description : new Help().optionDescription(option);
}

async function setLog({ logLevel: level }: { logLevel?: string }): Promise<void> {
  if (level === undefined) return;
  // Errors are told without a log.
  if (level === 'error') setSink(undefined);
  else (await import('../log/stderr.ts')).logToStderr(level);
}

/** Runs one command line (without the program's name) and returns its exit code. */
export async function runCommandLine(
  args: readonly string[],
  context: Omit<Context, 'args'>,
): Promise<number> {
  try {
    await program({ ...context, args }).parseAsync(args, { from: 'user' });
    return EXIT.OK;
  } catch (error) {
    // Commander has printed its own words by now: help that was asked for, or what was wrong with the line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    if (error instanceof CommandExit) {
      if (error.message !== '') context.err(`tsnet: ${error.message}\n`);
      return error.exitCode;
    }
    // Nobody reads on, as with head: there is nobody to tell.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') context.err(`tsnet: ${messageOf(error)}\n`);
    return EXIT.FAILED;
  }
}
