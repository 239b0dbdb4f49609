import { appendFileSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { LogReader, startOfTail } from './log-reader.ts';

const test = base.extend<{ file: string }>({
  file: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'tsnet-log-'));
    await use(join(folder, 'log'));
    rmSync(folder, { recursive: true });
  },
});

function tail(file: string, lines: number): string {
  const fd = openSync(file, 'r');
  const reader = new LogReader(fd, startOfTail(fd, lines));
  let text = '';
  for (let part = reader.read(); part !== ''; part = reader.read()) text += part;
  closeSync(fd);
  return text;
}

test('the last lines, ended or not, are found across blocks', ({ file }) => {
  const long = 'x'.repeat(100_000);
  writeFileSync(file, `one\n${long}\nthree\nfour`);
  expect([0, 1, 2].map((count) => tail(file, count))).toEqual(['', 'four', 'three\nfour']);
  expect(tail(file, 3)).toBe(`${long}\nthree\nfour`);
  expect(tail(file, 9)).toBe(`one\n${long}\nthree\nfour`);
  appendFileSync(file, '\n');
  expect(tail(file, 1)).toBe('four\n');
});

test('what comes later is read on, half a letter too; after a cut from the beginning', ({ file }) => {
  const euro = Buffer.from('€');
  writeFileSync(file, 'a');
  const fd = openSync(file, 'r');
  const reader = new LogReader(fd, 0);
  expect([reader.read(), reader.read()]).toEqual(['a', '']);
  appendFileSync(file, euro.subarray(0, 1));
  expect(reader.read()).toBe('');
  appendFileSync(file, euro.subarray(1));
  expect(reader.read()).toBe('€');
  truncateSync(file);
  expect(reader.read()).toBe('');
  appendFileSync(file, 'again');
  expect(reader.read()).toBe('again');
  closeSync(fd);
});
