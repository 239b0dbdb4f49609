import { TsnetError } from '../errors/tsnet-error.ts';
import { closeFile, openLocked } from '../native/index.ts';

/**
 * Runs `work` while holding the lock at `path`, in a queue with other processes: many may hold it `shared`, one alone
 * `exclusive`. The kernel gives it back when a process dies. Throws TSNET_STATE. flock(2).
 */
export function withLock<T>(path: string, mode: 'shared' | 'exclusive', work: () => T): T {
  const fd = take(path, mode);
  try {
    return work();
  } finally {
    closeFile(fd);
  }
}

function take(path: string, mode: 'shared' | 'exclusive'): number {
  try {
    return openLocked(path, mode);
  } catch (cause) {
    throw new TsnetError('TSNET_STATE', `lock "${path}": ${(cause as Error).message}`, { cause });
  }
}
