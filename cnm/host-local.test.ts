import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ip } from '../address/index.ts';
import { temporaryFolder } from '../test/temporary-store.ts';
import { givenByHostLocal, heldByHostLocal, hostLocalFolder, releaseFromHostLocal } from './host-local.ts';

const key = { network: 'net', container: 'c1', ifname: 'eth0' };

test('the folder does not depend on where the caller stands', () => {
  expect(hostLocalFolder('net')).toBe('/var/lib/cni/networks/net');
  expect(hostLocalFolder('net', '/data')).toBe('/data/net');
  expect(hostLocalFolder('net', 'data')).toBe('/data/net');
});

test('links, pipes and other names in the folder give nothing away and take nobody', () => {
  const folder = temporaryFolder();
  const secret = join(temporaryFolder(), 'secret');
  writeFileSync(secret, 'c1\neth0');
  symlinkSync(secret, join(folder, '10.1.0.2'));
  expect(spawnSync('mkfifo', [join(folder, '10.1.0.3')]).status).toBe(0);
  writeFileSync(join(folder, 'last_reserved_ip.0'), '10.1.0.3');
  writeFileSync(join(folder, '10.1.0.4'), 'c1\r\neth0');
  expect(givenByHostLocal(folder).map(({ ip }) => ip.toString())).toEqual(['10.1.0.4']);
  // Whatever has the name keeps the address, as it would from the reference.
  expect(heldByHostLocal(folder)(Ip.parse('10.1.0.2'))).toBe(true);
  releaseFromHostLocal(folder, key);
  expect(existsSync(secret)).toBe(true);
  expect(existsSync(join(folder, '10.1.0.4'))).toBe(false);
});
