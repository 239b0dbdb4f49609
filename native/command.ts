// Commands that people run inside a namespace.
import { addon } from './addon.ts';
import { checked } from './system-error.ts';

/** What a command sees beside its arguments; what is left out is as the caller sees it. */
export interface Surroundings {
  /** A network namespace's descriptor. */
  readonly namespace: number;
  /** Descriptors that become its stdin, and its stdout and stderr. */
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  /** Files, each with the path that it is seen at in place of the file there, in a mount namespace of its own. */
  readonly files?: readonly (readonly [file: string, path: string])[] | undefined;
  /** The name of the host, in a namespace of its own (uts_namespaces(7)). */
  readonly hostname?: string | undefined;
  readonly directory?: string | undefined;
  /**
   * What its user and its group, of the caller, are called in a user namespace of its own, with network and mount namespaces
   * of that (user_namespaces(7)).
   */
  readonly ids?: readonly [uidMap: string, gidMap: string] | undefined;
}

/** What may fail before the command is there, in the order of command.cc. */
const steps = ['exec', 'setns', 'unshare', 'mount', 'sethostname', 'chdir', 'unshare', 'write'] as const;

/**
 * Starts a command and returns its process, when it runs. The terminal is shared, signals sent to this process are passed
 * on until `waitCommand` returns, and the command is killed when this process dies.
 * @throws SystemError of the step that failed: `exec` with the errno of execve(2), or what comes before it
 */
export function startCommand(
  around: Surroundings,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): number {
  const { namespace, input = -1, output = -1, files = [], hostname = '', directory = '', ids = [] } = around;
  const [file = ''] = argv;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const told = { namespace, input, output, mounts: files.flat(), hostname, directory, ids };
  const outcome = addon().startCommand(told, file, [...argv], variables);
  const step = steps[outcome < 0 ? -outcome >> 16 : 0] ?? 'exec';
  const subject = { exec: file, chdir: directory, sethostname: hostname } as Record<string, string>;
  return checked(step, outcome < 0 ? -(-outcome & 0xffff) : outcome, subject[step]);
}

/** Waits for a command and returns its exit code, or 128 + signal. */
export function waitCommand(process: number): number {
  return checked('waitpid', addon().waitCommand(process));
}

/** Runs a command inside `namespace` and waits for it; throws as `startCommand`. */
export function runCommand(
  namespace: number,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): number {
  return waitCommand(startCommand({ namespace }, argv, environment));
}
