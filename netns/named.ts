// Namespaces under names in /run/netns, where `ip netns` and others look for them (ip-netns(8)).
import { closeSync, constants, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { log } from '../log/log.ts';
import { bindMount, isSystemError, lock, shareMount } from '../native/index.ts';
import { openIfPresent, isSameNamespace, unpin } from './namespace.ts';
import type { Namespace } from './namespace.ts';

const FOLDER = '/run/netns';

/** Throws TSNET_EXISTS when there is a namespace of that name already, whoever made it. */
export function assertNameFree(name: string): void {
  const path = join(FOLDER, name);
  if (existsSync(path))
    throw new TsnetError(
      'TSNET_EXISTS',
      `the name "${name}" is already in use: there is a "${path}" (ip netns)`,
    );
}

/** Gives a namespace a name. Where this process may not write there, it stays without. Throws SystemError. */
export function nameNamespace(namespace: Pick<Namespace, 'fd'>, name: string): void {
  const path = join(FOLDER, name);
  try {
    prepareFolder();
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY, 0o444));
  } catch (error) {
    const reason = isSystemError(error) ? error.errno : (error as NodeJS.ErrnoException).code;
    if (!['EACCES', 'EPERM', 'EROFS'].includes(reason ?? '')) throw error;
    log('info', 'not visible to ip netns', () => ({ path, reason }));
    return;
  }
  bindMount(`/proc/self/fd/${namespace.fd}`, path);
}

/** Takes the name away from a namespace; one that is somebody else's stays, and none is no error. */
export function unnameNamespace(path: string, name: string): void {
  const at = join(FOLDER, name);
  if (!existsSync(at)) return;
  using ours = openIfPresent(path);
  using there = openIfPresent(at);
  // A file on which nothing is mounted is what was left of naming that was cut off.
  const isOurs =
    there === undefined ? statSync(at).size === 0 : ours !== undefined && isSameNamespace(ours, there);
  if (isOurs) unpin(at);
}

// As `ip netns add` does, so that mounts in there are one thing to all mount namespaces, and to `ip netns` afterwards.
function prepareFolder(): void {
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  const fd = openSync(FOLDER, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    lock(fd, 'exclusive');
    try {
      shareMount(FOLDER);
    } catch (error) {
      if (!isSystemError(error, 'EINVAL')) throw error;
      bindMount(FOLDER, FOLDER);
      shareMount(FOLDER);
    }
  } finally {
    closeSync(fd);
  }
}
