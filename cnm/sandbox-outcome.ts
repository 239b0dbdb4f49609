// How the command of a sandbox ended, for those who wait for it.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { lock } from '../native/index.ts';
import type { Sandbox } from '../state/sandbox.ts';
import type { Host } from './host.ts';
import { pause } from './pause.ts';
import { folderOf } from './sandbox-files.ts';
import { isLasting, isRunning } from './sandbox-process.ts';

/** What is told of a command that was killed with the tsnet that ran it: 128 + SIGKILL. */
export const KILLED = 137;

/** Opens the file that the outcome is to be told in, locked until it is closed. */
export function openOutcome(host: Host, { id }: Sandbox): number {
  const fd = openSync(join(folderOf(host, id), 'exit'), constants.O_RDWR | constants.O_CREAT, 0o600);
  lock(fd, 'exclusive');
  return fd;
}

/** Tells it. */
export function tellOutcome(fd: number, code: number): void {
  writeSync(fd, String(code), 0);
}

/**
 * Waits for the end of a sandbox's command and gives its exit code, without the store: somebody else may write there
 * meanwhile. Throws TSNET_CONFIG for a sandbox that has none.
 */
export function awaitOutcome(host: Host, sandbox: Sandbox): number {
  if (isLasting(sandbox))
    throw new TsnetError(
      'TSNET_CONFIG',
      `sandbox ${sandbox.name} has no command to wait for: it lives without one`,
    );
  for (;;) {
    const text = readLocked(join(folderOf(host, sandbox.id), 'exit'));
    if (text !== '') return Number(text);
    // Not locked yet by who is about to run the command.
    if (!isRunning(sandbox)) return KILLED;
    pause(5);
  }
}

function readLocked(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY);
  } catch {
    // Not there yet, or not any more.
    return '';
  }
  try {
    lock(fd, 'shared');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
