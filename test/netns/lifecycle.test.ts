// ADD and DEL in parallel, twice, cut off, after losses.
import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import type { Cni, Config } from './cni.ts';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { addressesOf, elementsOf, linksOf } from './look.ts';
import { ping, reach } from './reach.ts';
import { readStore } from './store.ts';

const config = bridgeConfig();
const published = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);
const names = Array.from({ length: 20 }, (_, at) => `c${at}`);

/** Runs a verb for all containers at once; each has to succeed. */
async function together(cni: Cni, verb: string, configOf: (name: string) => Config): Promise<string[]> {
  const outcomes = await Promise.all(names.map((name) => cni.start(verb, name, configOf(name)).outcome));
  expect(outcomes.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  return outcomes.map(({ stdout }) => stdout);
}

test('20 ADDs at once give 20 addresses, 20 DELs at once take all away', async ({ lab, cni }) => {
  const configOf = (name: string): Config =>
    portsConfig([{ hostPort: 9000 + names.indexOf(name), containerPort: 80, protocol: 'tcp' }]);
  for (const name of names) {
    lab.container(name);
    cni.attached(name, config);
  }
  await together(cni, 'ADD', configOf);
  const inside = names.map((name) => addressesOf(lab, name, 'eth0'));
  expect(new Set(inside.flat()).size).toBe(40);
  expect(elementsOf(lab)).toMatchObject({ endpoints4: { length: 20 }, any_ports6: { length: 20 } });
  for (const name of [names[0], names[19]])
    expect(ping(lab, HOST, inside[names.indexOf(name ?? '')]?.[0]?.split('/')[0] ?? '')).toBe(true);
  await together(cni, 'DEL', configOf);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('ADDs and DELs at once do not take the bridge from under each other', async ({ lab, cni }) => {
  const half = names.slice(0, 8);
  for (const name of half) {
    lab.container(name);
    cni.attached(name, config);
  }
  const churn = half.map(async (name) => {
    for (let round = 0; round < 3; round++) {
      expect(await cni.start('ADD', name, config).outcome).toMatchObject({ status: 0 });
      expect(await cni.start('DEL', name, config).outcome).toMatchObject({ status: 0, stdout: '' });
    }
  });
  await Promise.all(churn);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('DEL twice, DEL of an unknown container', ({ cni }) => {
  cni.add('c1', config);
  cni.del('c1', config);
  cni.del('c1', config);
  cni.del('unknown', config);
  cni.del('unknown', { ...config, type: 'none' });
  cni.del('unknown', { ...config, type: 'host' });
  cni.del('unknown', { cniVersion: '1.1.0', name: 'net', type: 'container', container: 'c1' });
});

test('DEL with an empty CNI_NETNS', ({ lab, cni }) => {
  cni.add('c1', published);
  cni.del('c1', published, { netns: '' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('DEL after the namespace has gone, and without the keys that ADD had', ({ lab, cni }) => {
  cni.add('c1', published);
  lab.endContainer('c1');
  cni.del('c1', { cniVersion: '1.1.0', name: 'net', type: 'bridge' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('DEL when link and bridge have gone already', ({ lab, cni }) => {
  cni.add('c1', published);
  lab.shell(HOST, 'ip link del cni0');
  lab.shell('c1', 'ip link del eth0');
  cni.del('c1', published);
});

test('DEL does not mind a damaged prevResult', ({ cni }) => {
  cni.add('c1', published);
  cni.del('c1', { ...published, prevResult: { cniVersion: '1.1.0', ips: 'broken' } });
});

test('ADD again after DEL, another address', ({ cni }) => {
  expect(cni.add('c1', config).ips?.[0]?.address).toBe('10.1.0.2/24');
  cni.del('c1', config);
  expect(cni.add('c1', config).ips?.[0]?.address).toBe('10.1.0.3/24');
});

test('ADD killed at any moment: DEL leaves nothing', async ({ lab, cni }) => {
  lab.container('c1');
  cni.attached('c1', config);
  const states = new Set<string>();
  await killEachAdd(cni, 'c1', { ...published, macspoofchk: true }, (moment) => {
    states.add(String(readStore(lab).endpoint[0]?.['state']));
    cni.del('c1', published);
    expect([moment, findLeftovers(lab, ['lo'])]).toEqual([moment, []]);
  });
  expect(states.size).toBeGreaterThan(1);
});

/** Forgets all that tsnet knows of this boot. */
function loseStore(lab: Lab): void {
  rmSync(lab.runDir, { recursive: true });
}

test('DEL after the store was lost takes the link away, and the bridge with the last one', ({ lab, cni }) => {
  for (const name of ['c1', 'c2']) cni.add(name, config);
  loseStore(lab);
  cni.del('c1', config);
  expect(linksOf(lab, HOST).filter(({ ifname }) => ifname !== 'lo')).toHaveLength(2);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  cni.del('c2', config);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
  cni.add('c1', config);
});

test('ADD after the store was lost works', async ({ lab, cni }) => {
  cni.add('c1', published);
  loseStore(lab);
  cni.add('c1', published);
  await lab.serve('c1', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('c1 10.1.0.1');
});

test('a port held by a container whose namespace has gone goes to who asks for it', async ({ lab, cni }) => {
  cni.add('c1', published);
  lab.endContainer('c1');
  cni.add('c2', published);
  await lab.serve('c2', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toMatch(/^c2 /);
  expect(readStore(lab).endpoint).toHaveLength(1);
});

test('a port of another namespace under the same path is given up, too', ({ lab, cni }) => {
  cni.add('c1', published);
  lab.endContainer('c1');
  lab.container('c1');
  cni.add('c2', published);
  expect(readStore(lab).endpoint).toMatchObject([{ container: 'c2' }]);
});

test('rules that were flushed while their sets stayed: CHECK tells, the next ADD writes them anew', ({
  lab,
  cni,
}) => {
  cni.add('c1', bridgeConfig());
  const rules = lab.exec(HOST, ['nft', 'list', 'table', 'inet', 'tsnet']);
  lab.exec(HOST, ['nft', 'flush', 'table', 'inet', 'tsnet']);
  expect(cni.fail('CHECK', 'c1', bridgeConfig())).toMatchObject({
    code: 105,
    msg: expect.stringContaining('rules in chain "postrouting"') as string,
  });
  cni.add('c2', bridgeConfig());
  cni.del('c2', bridgeConfig());
  expect(lab.exec(HOST, ['nft', 'list', 'table', 'inet', 'tsnet'])).toBe(rules);
  expect(cni.call('CHECK', 'c1', bridgeConfig())).toMatchObject({ status: 0 });
});
