import { TsnetError } from '../errors/tsnet-error.ts';
import { closeFile, openLocked } from '../native/index.ts';

/** A lock that is held until it is disposed of, once or more often. */
export class Lock implements Disposable {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  [Symbol.dispose](): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeFile(fd);
  }
}

/**
 * Takes the lock at `path`, in a queue with other processes: many may hold it `shared`, one alone `exclusive`. The kernel gives
 * it back when a process dies. Throws TSNET_STATE. flock(2).
 */
export function takeLock(path: string, mode: 'shared' | 'exclusive'): Lock {
  try {
    return new Lock(openLocked(path, mode));
  } catch (cause) {
    throw new TsnetError('TSNET_STATE', `lock "${path}": ${(cause as Error).message}`, { cause });
  }
}

/** Runs `work` while holding the lock at `path`, as `takeLock` takes it. Throws TSNET_STATE. */
export function withLock<T>(path: string, mode: 'shared' | 'exclusive', work: () => T): T {
  using _lock = takeLock(path, mode);
  return work();
}
