// `tsnet run`: a sandbox for the time of one command.
import type { Command } from 'commander';
import { Ip } from '../../address/index.ts';
import { Host } from '../../cnm/host.ts';
import {
  collectSandboxes,
  createSandbox,
  newSandboxId,
  readPlace,
  removeSandbox,
} from '../../cnm/sandbox.ts';
import type { SandboxSpec } from '../../cnm/sandbox.ts';
import { readRate } from '../../cnm/rate.ts';
import { releaseGuard, runCommand, startGuard, SystemError } from '../../native/index.ts';
import { openNamespace } from '../../netns/namespace.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { readPort } from '../port-option.ts';

/** What tsnet itself ends with when the command never ran, as `docker run` does. */
const EXIT = { FAILED: 125, CANNOT_RUN: 126, NOT_FOUND: 127 } as const;

interface Options {
  network?: string[];
  publish: string[];
  name?: string;
  ip?: string;
  bandwidthIn?: string;
  bandwidthOut?: string;
}

export function addRun(tsnet: Command, context: Context): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  tsnet
    .command('run')
    .description('run a command in a network of its own')
    .usage('[options] -- <command> [argument...]')
    .argument('<command...>', 'the command and its arguments')
    .option(
      '--network <where>',
      'a network, or bridge (the default), none, host, container:<name>; of several networks, the first is the way out',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '-p, --publish <port>',
      'publish a port: [ip:]host:container[/protocol]; may be repeated',
      collect,
      [],
    )
    .option('--name <name>', 'the name of the sandbox')
    .option('--ip <address>', 'the address to ask for')
    .option('--bandwidth-in <rate>', 'the most it receives, in bits per second: 500k, 10M, 1G')
    .option('--bandwidth-out <rate>', 'the most it sends')
    .passThroughOptions()
    .action((command: string[], options: Options) => {
      throw new CommandExit(run(context, command, options));
    });
}

function run(context: Context, command: string[], options: Options): number {
  // Started first: from here on nothing that happens to this process leaves anything behind.
  const id = newSandboxId();
  const guard = startGuard(['tsnet', 'rm', '--force', id]);
  try {
    const sandbox = prepare(context, id, readSpec(command, options));
    try {
      return execute(context, sandbox);
    } finally {
      Host.with(context.env, (host) => removeSandbox(host, sandbox));
    }
  } catch (error) {
    if (error instanceof CommandExit) throw error;
    throw new CommandExit(EXIT.FAILED, error instanceof Error ? error.message : String(error));
  } finally {
    releaseGuard(guard);
  }
}

function readSpec(command: string[], options: Options): SandboxSpec {
  const { network = ['bridge'], publish, name, ip, bandwidthIn, bandwidthOut } = options;
  return {
    name,
    place: readPlace(network),
    ip: ip === undefined ? undefined : Ip.parse(ip),
    ports: publish.map(readPort),
    ingress: bandwidthIn === undefined ? undefined : readRate('--bandwidth-in', bandwidthIn),
    egress: bandwidthOut === undefined ? undefined : readRate('--bandwidth-out', bandwidthOut),
    command,
  };
}

function prepare(context: Context, id: string, spec: SandboxSpec): Sandbox {
  return Host.with(context.env, (host) => {
    collectSandboxes(host);
    return createSandbox(host, id, spec);
  });
}

function execute(context: Context, { netns, command }: Sandbox): number {
  // While the command runs, signals are passed on to it; afterwards they must not keep us from cleaning up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => undefined);
  using namespace = openNamespace(netns);
  const environment = Object.fromEntries(
    Object.entries(context.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    return runCommand(namespace.fd, [...command], environment);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandExit(error.errno === 'ENOENT' ? EXIT.NOT_FOUND : EXIT.CANNOT_RUN, error.message);
  }
}
