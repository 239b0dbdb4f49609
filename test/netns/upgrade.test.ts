// tsnet in the place of the reference plugins, on a host that they have served.
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linksOf } from './look.ts';

const REFERENCE = '/usr/lib/cni/bridge';

function configFor(lab: Lab): Record<string, unknown> {
  const ranges = [[{ subnet: '10.1.0.0/24' }]];
  return bridgeConfig({
    cniVersion: '0.4.0',
    ipMasq: false,
    ipam: { type: 'host-local', ranges, dataDir: join(lab.folder, 'networks') },
  });
}

function reference(lab: Lab, command: string, name: string): string {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: name,
    CNI_NETNS: `/run/netns/${name}`,
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/usr/lib/cni',
  };
  const outcome = lab.attempt(HOST, [REFERENCE], env, JSON.stringify(configFor(lab)));
  if (outcome.status !== 0) throw new Error(outcome.stdout);
  return outcome.stdout;
}

test('a container of the reference keeps its address; our DEL takes it away, address and all', ({
  lab,
  cni,
  ownLinks,
  skip,
}) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  const config = configFor(lab);
  const held = join(lab.folder, 'networks', 'net');
  for (const name of ['old1', 'old2']) {
    lab.container(name);
    reference(lab, 'ADD', name);
  }
  expect(addressesOf(lab, 'old1', 'eth0')).toEqual(['10.1.0.2/24']);
  cni.add('new', config);
  expect(addressesOf(lab, 'new', 'eth0')).toEqual(['10.1.0.4/24']);
  cni.del('old1', config);
  expect(linksOf(lab, 'old1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(readdirSync(held)).not.toContain('10.1.0.2');
  expect(readdirSync(held)).toContain('10.1.0.3');
  // Without the namespace, as after its end: the address is released all the same.
  lab.endContainer('old2');
  cni.del('old2', config);
  expect(readdirSync(held).filter((name) => name.startsWith('10.'))).toEqual([]);
});

test('going back: the reference deletes what ours added without an error', ({ lab, cni, ownLinks, skip }) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  cni.add('c1', configFor(lab));
  expect(reference(lab, 'DEL', 'c1')).toBe('');
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('a file that a crash left empty holds no address', ({ lab, cni }) => {
  const held = join(lab.folder, 'networks', 'net');
  mkdirSync(held, { recursive: true });
  for (const name of ['10.1.0.2', '10.1.0.3']) writeFileSync(join(held, name), '');
  utimesSync(join(held, '10.1.0.3'), 1, 1);
  cni.add('c1', configFor(lab));
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.3/24']);
});
