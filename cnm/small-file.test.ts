import { spawnSync } from 'node:child_process';
import { constants, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/temporary-store.ts';
import { readSmallFile } from './small-file.ts';

test('a file is read whole, up to its limit', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'ä\n');
  expect(readSmallFile(path)).toBe('ä\n');
  writeFileSync(path, 'x'.repeat(65536));
  expect(readSmallFile(path)).toHaveLength(65536);
  writeFileSync(path, 'x'.repeat(65537));
  expect(() => readSmallFile(path)).toThrow('it has more than 65536 bytes');
});

test('a file of the kernel, which has no size, is read', () => {
  expect(readSmallFile('/proc/self/status')).toContain('Uid:');
});

test('a device without an end, a folder and a pipe that nobody writes to are refused at once', () => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  for (const path of ['/dev/zero', folder, pipe])
    expect(() => readSmallFile(path)).toThrow('it is no regular file');
});

test('a link is followed, unless it is said not to', () => {
  const folder = temporaryFolder();
  const [path, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(path, 'text');
  symlinkSync(path, link);
  expect(readSmallFile(link)).toBe('text');
  expect(() => readSmallFile(link, constants.O_NOFOLLOW)).toThrow('ELOOP');
});
