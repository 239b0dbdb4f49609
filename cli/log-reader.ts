// A log that grows while it is read.
import { fstatSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const CHUNK = 64 * 1024;
const LINE_FEED = 0x0a;

/** Reads a file on from a position, as far as it goes by now. */
export class LogReader {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(CHUNK);
  // A letter may be written in two parts.
  readonly #decoder = new StringDecoder('utf8');
  #position: number;

  constructor(fd: number, position: number) {
    this.#fd = fd;
    this.#position = position;
  }

  /** The next part; empty when there is no more by now. A file that has become shorter is read from its beginning. */
  read(): string {
    if (fstatSync(this.#fd).size < this.#position) this.#position = 0;
    for (;;) {
      const count = readSync(this.#fd, this.#buffer, 0, CHUNK, this.#position);
      this.#position += count;
      const text = count === 0 ? '' : this.#decoder.write(this.#buffer.subarray(0, count));
      if (text !== '' || count === 0) return text;
    }
  }
}

/** Where the last `lines` lines of a file begin, in bytes. */
export function startOfTail(fd: number, lines: number): number {
  const { size } = fstatSync(fd);
  if (lines === 0) return size;
  const buffer = Buffer.alloc(CHUNK);
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    const count = readSync(fd, buffer, 0, end - start, start);
    for (let at = count - 1; at >= 0; at--) {
      // The one that the file ends with ends its last line.
      if (buffer[at] !== LINE_FEED || start + at === size - 1) continue;
      found++;
      if (found === lines) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
