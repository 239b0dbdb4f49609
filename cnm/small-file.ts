// Files that a configuration names: they may be anything.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** More than any of them has. */
const LIMIT_BYTES = 64 * 1024;

/**
 * The text of a file, opened once with these flags more. A pipe, a device and what has no end are refused, and nobody is
 * waited for. Throws the system's error, or one that says why.
 */
export function readSmallFile(path: string, flags = 0): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
  try {
    if (!fstatSync(fd).isFile()) throw new Error('it is no regular file');
    const buffer = Buffer.alloc(LIMIT_BYTES + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < buffer.length; length += count)
      count = readSync(fd, buffer, length, buffer.length - length, null);
    if (length > LIMIT_BYTES) throw new Error(`it has more than ${LIMIT_BYTES} bytes`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
