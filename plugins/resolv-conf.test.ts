import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/temporary-store.ts';
import { readResolvConf } from './resolv-conf.ts';

test('what resolv.conf(5) describes, and no more of the file', () => {
  const path = join(temporaryFolder(), 'resolv.conf');
  writeFileSync(
    path,
    '# nameserver 9.9.9.9\nnameserver 10.1.0.1\n search a b\ndomain c\noptions ndots:5\nsecret x\n',
  );
  expect(readResolvConf(path)).toEqual({
    nameservers: ['10.1.0.1'],
    domain: 'c',
    search: ['a', 'b'],
    options: ['ndots:5'],
  });
});

test('a file without an end is refused, and a relative path is one from the root', () => {
  expect(() => readResolvConf('/dev/zero')).toThrow('ipam.resolvConf "/dev/zero": it is no regular file');
  expect(() => readResolvConf('package.json')).toThrow("open '/package.json'");
});
