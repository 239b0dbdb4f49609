// Looks at files, for a process that takes many: node:fs does the same and takes several times as long.
import { addon } from './addon.ts';
import { checked, known } from './system-error.ts';

/** What tells a file from all others. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
  /** The mount that it is on, which is of one mount namespace alone; 0 where the kernel does not tell (before Linux 5.8). */
  readonly mount: number;
}

const told = new Float64Array(3);

/** What a path leads to, or a descriptor is of; undefined where nothing is. Throws SystemError. statx(2). */
export function identityOf(file: string | number): FileIdentity | undefined {
  const outcome = addon().identifyFile(file, told);
  if (outcome === -known.ENOENT) return undefined;
  checked('statx', outcome, String(file));
  const [device = 0, inode = 0, mount = 0] = told;
  return { device, inode, mount };
}

/** Tells whether two are the same file. */
export function isSameFile(one: FileIdentity | undefined, other: FileIdentity | undefined): boolean {
  return one !== undefined && one.device === other?.device && one.inode === other.inode;
}

/** flock(2), sys/file.h */
const OPERATION = { shared: 1, exclusive: 2 } as const;

/** Waits for a lock on an open file; closing the file gives it back. flock(2). */
export function lock(fd: number, mode: keyof typeof OPERATION): void {
  checked('flock', addon().lockFile(fd, OPERATION[mode]));
}

/** Opens a file, made if it is missing, and waits for a lock on it; closing it gives that back. flock(2). */
export function openLocked(path: string, mode: keyof typeof OPERATION): number {
  return checked('open', addon().openLocked(path, OPERATION[mode]), path);
}

/** Closes a descriptor. close(2). */
export function closeFile(fd: number): void {
  checked('close', addon().closeFile(fd));
}

/** The first 4 KiB of a file as text, opened while inside `namespace`; undefined where nothing is. Throws SystemError. */
export function readInside(namespace: number, path: string): string | undefined {
  const text = addon().readText(namespace, path);
  if (typeof text === 'string') return text;
  if (text === -known.ENOENT) return undefined;
  checked('read', text, path);
  return undefined;
}
