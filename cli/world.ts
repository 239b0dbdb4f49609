// A private world: user, network and mount namespaces that last as long as a command, with a /run of their own.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { raiseLoopback } from '../cnm/loopback-interface.ts';
import { Host } from '../cnm/host.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { HERE, isSystemError } from '../native/index.ts';
import { openNamespace } from '../netns/namespace.ts';
import { coverRun } from '../netns/own-run.ts';
import { isStoreAt, makePrivate, placesFrom, runDatabase } from '../state/place.ts';
import { listSandboxes } from '../state/sandbox.ts';
import { runCommandIn } from './command-options.ts';
import { remove } from './commands/rm.ts';
import type { Context } from './context.ts';

/** Runs a command, or the user's shell, in a world of its own, and returns its exit code. Throws TSNET_UNSUPPORTED. */
export function enterWorld({ env, executable }: Context, argv: readonly string[]): number {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const inner = [executable, 'unshare', '--inside', '--', ...argv];
  try {
    const ids = [`0 ${uid} 1`, `0 ${gid} 1`] as const;
    return runCommandIn({ namespace: HERE, ids }, inner, environmentOf(env));
  } catch (error) {
    throw isSystemError(error, 'EPERM', 'EACCES', 'ENOSPC', 'EUSERS', 'EINVAL') ? refused(error) : error;
  }
}

/** What the command sees: networks are the user's own and durable, all else is kept in the world's /run. */
function environmentOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const data = env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share');
  const all: NodeJS.ProcessEnv = { TSNET_STATE_DIR: join(data, 'tsnet'), ...env, TSNET_RUN_DIR: undefined };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function refused(cause: Error): TsnetError {
  return new TsnetError(
    'TSNET_UNSUPPORTED',
    `this system gives ordinary users no namespaces (${cause.message}): see the settings user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns`,
    { cause },
  );
}

/** What is done first in a world, by its root; then the command, as `enterWorld` says. */
export function beginWorld(context: Context, argv: readonly string[]): number {
  const { env } = context;
  const { state } = placesFrom(env);
  makePrivate(state);
  try {
    coverRun(join(state, 'run'));
    using namespace = openNamespace('/proc/self/ns/net');
    raiseLoopback(namespace);
  } catch (error) {
    throw isSystemError(error, 'EPERM', 'EACCES') ? refused(error) : error;
  }
  const command = argv.length === 0 ? [env['SHELL'] ?? '/bin/sh'] : argv;
  try {
    return runCommandIn({ namespace: HERE }, command, environmentOf(env));
  } finally {
    endSandboxes(environmentOf(env));
  }
}

// A sandbox that goes on behind would keep the world, which nobody could enter any more.
function endSandboxes(env: Record<string, string>): void {
  if (!isStoreAt(runDatabase(placesFrom(env).run))) return;
  Host.with(env, (host) => {
    for (const { id } of listSandboxes(host.db)) remove(host, id, true);
  });
}
