import { closeSync, constants, openSync } from 'node:fs';
import { lock } from '../native/index.ts';

/**
 * Runs `work` while holding the lock at `path`, in a queue with other processes: many may hold it `shared`, one alone
 * `exclusive`. The kernel gives it back when a process dies. flock(2).
 */
export function withLock<T>(path: string, mode: 'shared' | 'exclusive', work: () => T): T {
  const fd = openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  try {
    lock(fd, mode);
    return work();
  } finally {
    closeSync(fd);
  }
}
