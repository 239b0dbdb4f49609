import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/temporary-store.ts';
import { isStoreAt, makePrivate, placesFrom, runDatabase } from './place.ts';

test('the places are where Linux has such things, unless the environment names others', () => {
  expect(placesFrom({})).toEqual({ run: '/run/tsnet', state: '/var/lib/tsnet' });
  expect(placesFrom({ TSNET_RUN_DIR: '/a', TSNET_STATE_DIR: '/b' })).toEqual({ run: '/a', state: '/b' });
});

test.each(['', 'run', './run'])(
  'TSNET_RUN_DIR=%j is refused: it would depend on where the caller stands',
  (path) => {
    expect(() => placesFrom({ TSNET_RUN_DIR: path })).toThrow(
      expect.objectContaining({
        code: 'TSNET_CONFIG',
        message: `TSNET_RUN_DIR "${path}": must be an absolute path`,
      }),
    );
  },
);

test('a directory is made for its owner alone, whatever the umask, and found the second time', () => {
  const path = join(temporaryFolder(), 'a', 'b');
  const umask = process.umask(0);
  try {
    makePrivate(path);
    makePrivate(path);
  } finally {
    process.umask(umask);
  }
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('a file in the way is named', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  expect(() => {
    makePrivate(path);
  }).toThrow(expect.objectContaining({ code: 'TSNET_STATE' }));
  expect(() => {
    makePrivate(join(path, 'below'));
  }).toThrow(`cannot create "${path}/below"`);
});

test('a directory that others may write to is not used', () => {
  const path = join(temporaryFolder(), 'shared');
  mkdirSync(path);
  for (const mode of [0o777, 0o720, 0o1777]) {
    chmodSync(path, mode);
    expect(() => {
      makePrivate(path);
    }).toThrow(`"${path}": others may write to it: mend that, or set TSNET_RUN_DIR and TSNET_STATE_DIR`);
  }
  chmodSync(path, 0o755);
  makePrivate(path);
});

test('a directory that everybody may put another in the place of is not used', () => {
  const parent = join(temporaryFolder(), 'parent');
  mkdirSync(parent);
  chmodSync(parent, 0o777);
  const path = join(parent, 'a', 'run');
  expect(() => {
    makePrivate(path);
  }).toThrow(`everybody may rename what is in "${parent}"`);
  chmodSync(parent, 0o1777);
  makePrivate(path);
});

const mayChown =
  process.getuid?.() === 0 && readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295');

test.skipIf(!mayChown)("a directory of another user, or that user's link to one of ours, is not used", () => {
  const folder = temporaryFolder();
  const [ours, theirs, link] = ['ours', 'theirs', 'link'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(ours);
  mkdirSync(theirs);
  symlinkSync(ours, link);
  makePrivate(link);
  chownSync(theirs, 65534, 65534);
  lchownSync(link, 65534, 65534);
  for (const path of [theirs, link]) {
    expect(() => {
      makePrivate(path);
    }).toThrow(`"${path}": it belongs to another user`);
  }
});

test.skipIf(process.getuid?.() === 0)('a place that only root may write to says so', () => {
  const folder = join(temporaryFolder(), 'closed');
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  expect(() => {
    makePrivate(join(folder, 'run'));
  }).toThrow(expect.objectContaining({ code: 'TSNET_PERMISSION' }));
});

test('the store of a boot has the name of the boot', () => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  expect(runDatabase('/run/tsnet')).toBe(`/run/tsnet/state-${boot.slice(0, 8)}.db`);
});

test('a store is there or not', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'db'), '');
  expect(isStoreAt(join(folder, 'db'))).toBe(true);
  expect(isStoreAt(join(folder, 'none'))).toBe(false);
  expect(isStoreAt(join(folder, 'none', 'db'))).toBe(false);
});

test.skipIf(process.geteuid?.() !== 0)('who may not know whether a store is there is told so', () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o700);
  process.seteuid?.(65534);
  try {
    expect(() => isStoreAt(join(folder, 'db'))).toThrow(
      expect.objectContaining({ code: 'TSNET_PERMISSION' }),
    );
  } finally {
    process.seteuid?.(0);
  }
});
