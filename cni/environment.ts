// The environment variables a runtime calls a plugin with (CNI spec 1.1.0, section 2, "Parameters").

import { parseCniArgs } from './cni-args.ts';
import { CniError, cniCodes } from './error.ts';

/** The verbs of CNI. */
export const commands = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const;
export type Command = (typeof commands)[number];

/** The variables of a process, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What the environment of a plugin says; text that is absent is ''. */
export interface Environment {
  command: Command;
  containerId: string;
  netns: string;
  ifname: string;
  args: ReadonlyMap<string, string>;
  path: string[];
}

interface Variable {
  requiredFor: readonly Command[];
  check?: (value: string) => void;
}

// CNI_PATH is missing here on purpose: the specification makes it optional, and only delegation needs it.
const variables: Record<string, Variable> = {
  CNI_CONTAINERID: { requiredFor: ['ADD', 'DEL', 'CHECK'], check: checkContainerId },
  CNI_NETNS: { requiredFor: ['ADD', 'CHECK'] },
  CNI_IFNAME: { requiredFor: ['ADD', 'DEL', 'CHECK'], check: checkIfname },
};

/**
 * Reads the CNI variables of `env`. Throws a CniError 4 for an unknown verb, for variables that are missing and for
 * values that break the rules; a variable the verb does not need is not looked at, so dummies do no harm.
 */
export function readEnvironment(env: Env): Environment {
  const command = readCommand(env['CNI_COMMAND'] ?? '');
  const missing: string[] = [];
  for (const [name, { requiredFor, check }] of Object.entries(variables)) {
    if (!requiredFor.includes(command)) continue;
    const value = env[name] ?? '';
    if (value === '') missing.push(name);
    else check?.(value);
  }
  if (missing.length > 0)
    throw new CniError(cniCodes.invalidEnvironment, `required env variables [${missing.join(',')}] missing`);
  return {
    command,
    containerId: env['CNI_CONTAINERID'] ?? '',
    netns: env['CNI_NETNS'] ?? '',
    ifname: env['CNI_IFNAME'] ?? '',
    args: command === 'VERSION' ? new Map() : parseCniArgs(env['CNI_ARGS'] ?? ''),
    path: (env['CNI_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  };
}

function readCommand(text: string): Command {
  const command = commands.find((known) => known === text);
  // Runtimes compare this text to find plugins that are too old for VERSION.
  if (!command) throw new CniError(cniCodes.invalidEnvironment, `unknown CNI_COMMAND: ${text}`);
  return command;
}

/** The form of network names and container ids (CNI spec 1.1.0, sections 1 and 2). */
export const identifierPattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** How many bytes may name a container and a network: with the interface they are a link's alias (IFALIASZ, linux/if.h). */
const MAX_BYTES = { containerId: 128, network: 100 } as const;

/** Throws a CniError, 4 or 7, for names that are too long to be attached under; deleting them is no mistake. */
export function checkLengths({ containerId, network }: Record<keyof typeof MAX_BYTES, string>): void {
  if (containerId.length > MAX_BYTES.containerId) {
    const message = `containerID is too long: ${containerId.length} bytes, at most ${MAX_BYTES.containerId}`;
    throw new CniError(cniCodes.invalidEnvironment, message, containerId);
  }
  if (network.length > MAX_BYTES.network) {
    const message = `network name is too long: ${network.length} bytes, at most ${MAX_BYTES.network}`;
    throw new CniError(cniCodes.invalidConfig, message, network);
  }
}

function checkContainerId(containerId: string): void {
  if (!identifierPattern.test(containerId))
    throw new CniError(cniCodes.invalidEnvironment, 'invalid characters in containerID', containerId);
}

function checkIfname(ifname: string): void {
  const reason = ifnameFault(ifname);
  if (reason) throw new CniError(cniCodes.invalidEnvironment, `interface name ${reason}`, ifname);
}

/** The kernel's rules (dev_valid_name in net/core/dev.c, IFNAMSIZ in linux/if.h) in the reference's words. */
function ifnameFault(ifname: string): string | undefined {
  if (Buffer.byteLength(ifname) > 15) return 'is too long';
  if (ifname === '.' || ifname === '..') return 'is . or ..';
  if (/[/:\s]/.test(ifname)) return 'contains / or : or whitespace characters';
  return undefined;
}
