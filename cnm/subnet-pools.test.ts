import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { subnetPools } from './subnet-pools.ts';

function folderWith(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsnet-pools-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  if (text !== undefined) writeFileSync(join(folder, 'config.json'), text);
  return folder;
}

const pools = (text?: string): string[] =>
  subnetPools(folderWith(text)).map(({ base, prefix }) => `${base.toString()} ${prefix}`);

test('without a file, or without the key in it, the usual pools are taken', () => {
  expect(pools()).toEqual(['172.30.0.0/15 24', '10.210.0.0/16 24', '192.168.128.0/17 24']);
  expect(pools('{}')).toEqual(pools());
});

test('the pools of the file are taken in their order', () => {
  const text =
    '{"default-address-pools": [{"base": "10.20.0.0/16", "size": 28}, {"base": "10.9.0.0/24", "size": 24}]}';
  expect(pools(text)).toEqual(['10.20.0.0/16 28', '10.9.0.0/24 24']);
});

test.each([
  ['{', /config\.json": is no JSON/],
  ['[]', /must be an object/],
  ['{"pools": []}', /key "pools" is not known; known is "default-address-pools"/],
  ['{"default-address-pools": []}', /must be a list/],
  ['{"default-address-pools": [7]}', /default-address-pools\[0\]: must be an object/],
  ['{"default-address-pools": [{"base": "10.0.0.0/8", "prefix": 24}]}', /key "prefix" is not known/],
  ['{"default-address-pools": [{"base": "10.0.0.1/8", "size": 24}]}', /host bits are set/],
  [
    '{"default-address-pools": [{"base": "fd00::/48", "size": 64}]}',
    /base "fd00::\/48": must be an IPv4 block/,
  ],
  [
    '{"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]}',
    /size 8: must be a prefix length from 16/,
  ],
  ['{"default-address-pools": [{"base": "10.0.0.0/16", "size": 31}]}', /size 31/],
  ['{"default-address-pools": [{"base": "10.0.0.0/16"}]}', /size undefined/],
])('%s is refused', (text, message) => {
  expect(() => pools(text)).toThrow(expect.objectContaining({ code: 'TSNET_CONFIG' }));
  expect(() => pools(text)).toThrow(message);
});
