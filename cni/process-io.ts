// The standard streams of this process, read and written to the end without an event loop.

import { readSync, writeSync } from 'node:fs';
import type { PluginIo } from './invoke.ts';
import { pause } from './pause.ts';

/** The `PluginIo` of this process. Its functions throw the system's error when a stream is broken. */
export const processIo: PluginIo = {
  env: process.env,
  readStdin: () => readAll(0),
  writeStdout: (text) => {
    writeAll(1, text);
  },
  writeStderr: (text) => {
    writeAll(2, text);
  },
};

/** Reads the file descriptor `fd` to its end, whether it blocks or not. */
export function readAll(fd: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(65536);
    const count = whenReady(() => readSync(fd, chunk));
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

/** Writes all of `text` to the file descriptor `fd`, whether it blocks or not. */
export function writeAll(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    const bytes = rest;
    rest = rest.subarray(whenReady(() => writeSync(fd, bytes)));
  }
}

/** Repeats `transfer` while a pipe that somebody made non-blocking is empty or full. */
function whenReady(transfer: () => number): number {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      pause(1);
    }
  }
}
