// The command line: what a person types, and what a person is told.
import { Command, CommanderError, Help, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { setSink } from '../log/log.ts';
import type { AddCommand } from './commands/add-command.ts';
import { CommandExit } from './command-exit.ts';
import type { Context } from './context.ts';
import { messageOf } from './failure.ts';

/** The commands in the order of the help, and what to load for each. */
const groups: readonly {
  names: readonly string[];
  load: () => Promise<Readonly<Record<string, AddCommand>>>;
}[] = [
  {
    names: ['run', 'create', 'exec', 'ps', 'inspect', 'port', 'logs', 'wait', 'rename', 'rm'],
    load: async () => (await import('./commands/group-sandboxes.ts')).commands,
  },
  {
    names: [
      'network',
      'show',
      'top',
      'trace',
      'doctor',
      'audit',
      'unshare',
      'cni',
      'daemon',
      'completion',
      'man',
    ],
    load: async () => (await import('./commands/group-others.ts')).commands,
  },
  {
    names: ['version'],
    load: async () => ({ version: (await import('./commands/version.ts')).addVersion }),
  },
];

/** They speak of all others. */
const describing = ['completion', 'man'];

// Only the one that is called is loaded, if that can be told: loading all takes longer than most of them do.
async function addCommands(tsnet: Command, context: Context): Promise<void> {
  const [called = ''] = context.args;
  const isAlone = !describing.includes(called);
  const group = isAlone ? groups.find(({ names }) => names.includes(called)) : undefined;
  if (group !== undefined) (await group.load())[called]?.(tsnet, context);
  else for (const { load } of groups) for (const add of Object.values(await load())) add(tsnet, context);
}

/** Exit codes, as Docker has them; `run` has its own above 124. */
const EXIT = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** The definitions of all commands, or of the one that the context's line begins with. */
export async function program(context: Context): Promise<Command> {
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
  await addCommands(tsnet, context);
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
    const tsnet = await program({ ...context, args });
    await tsnet.parseAsync(args, { from: 'user' });
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
