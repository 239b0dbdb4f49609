import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAll, writeAll } from './process-io.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-io-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each([0, 1, 65536, 300_000])('%i characters are written and read to the end', (length) => {
  const path = join(folder, 'file');
  const text = 'ä'.repeat(length);
  const out = openSync(path, 'w');
  writeAll(out, text);
  closeSync(out);
  expect(readFileSync(path, 'utf8')).toBe(text);
  const input = openSync(path, 'r');
  expect(Buffer.from(readAll(input)).toString()).toBe(text);
  closeSync(input);
});

test('non-blocking pipes that are full or empty are waited for', () => {
  const program = join(folder, 'copy.ts');
  const module = new URL('process-io.ts', import.meta.url).href;
  // Opening a pipe again through /proc gives a file description of one's own, so that it can be non-blocking.
  writeFileSync(
    program,
    `import { constants, openSync } from 'node:fs';
     import { readAll, writeAll } from '${module}';
     const open = (fd, flags) => openSync('/proc/self/fd/' + fd, flags | constants.O_NONBLOCK);
     const input = open(0, constants.O_RDONLY);
     const output = open(1, constants.O_WRONLY);
     writeAll(output, Buffer.from(readAll(input)).toString());`,
  );
  const script = '{ sleep 0.3; head -c 300000 /dev/zero | tr "\\0" x; } | "$0" "$1" | { sleep 0.3; wc -c; }';
  const { stdout } = spawnSync('sh', ['-c', script, process.execPath, program], { encoding: 'utf8' });
  expect(stdout.trim()).toBe('300000');
});
