import { closeSync, constants, openSync } from 'node:fs';
import { TsnetError } from '../errors/tsnet-error.ts';
import { lock } from '../native/index.ts';

/**
 * Runs `work` while holding the lock at `path`, in a queue with other processes: many may hold it `shared`, one alone
 * `exclusive`. The kernel gives it back when a process dies. Throws TSNET_STATE. flock(2).
 */
export function withLock<T>(path: string, mode: 'shared' | 'exclusive', work: () => T): T {
  const fd = openLock(path);
  try {
    lock(fd, mode);
    return work();
  } finally {
    closeSync(fd);
  }
}

function openLock(path: string): number {
  try {
    return openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new TsnetError('TSNET_STATE', `lock "${path}": ${(cause as Error).message}`, { cause });
  }
}
