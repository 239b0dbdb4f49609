// The plugin loopback: what a runtime calls beside the plugin of the container's network.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linkOf } from './look.ts';
import { ping } from './reach.ts';
import { readStore } from './store.ts';

const loopback = (cniVersion = '1.1.0') => ({ cniVersion, name: 'cni-loopback', type: 'loopback' });
const silent = { status: 0, stdout: '', stderr: '' };
const isUp = (lab: Lab, where: string): boolean => linkOf(lab, where, 'lo').flags.includes('UP');

for (const cniVersion of ['0.3.1', '0.4.0', '1.0.0', '1.1.0']) {
  test(`${cniVersion}: ADD takes lo up and tells it in the shape of the version, DEL takes it down`, ({
    lab,
    cni,
  }) => {
    const config = loopback(cniVersion);
    const isOld = cniVersion.startsWith('0.');
    // The name that the runtime wants does not matter.
    expect(cni.add('c1', config, { ifname: 'eth7' })).toEqual({
      cniVersion,
      interfaces: [
        {
          name: 'lo',
          mac: '00:00:00:00:00:00',
          ...(cniVersion === '1.1.0' ? { mtu: 65536 } : {}),
          sandbox: '/run/netns/c1',
        },
      ],
      ips: [
        { ...(isOld ? { version: '4' } : {}), interface: 0, address: '127.0.0.1/8' },
        { ...(isOld ? { version: '6' } : {}), interface: 0, address: '::1/128' },
      ],
      ...(isOld ? { dns: {} } : {}),
    });
    expect([ping(lab, 'c1', '127.0.0.1'), ping(lab, 'c1', '::1')]).toEqual([true, true]);
    expect(readStore(lab).endpoint).toEqual([]);
    cni.del('c1', config, { ifname: 'eth7' });
    expect(isUp(lab, 'c1')).toBe(false);
    cni.del('c1', config, { ifname: 'lo' });
    expect(isUp(lab, 'c1')).toBe(false);
  });
}

test('0.2.0: one address of each family', ({ cni }) => {
  expect(cni.add('c1', loopback('0.2.0'))).toEqual({
    cniVersion: '0.2.0',
    ip4: { ip: '127.0.0.1/8' },
    ip6: { ip: '::1/128' },
    dns: {},
  });
});

test('without IPv6 there is no address of it', ({ lab, cni }) => {
  lab.container('c1');
  lab.shell('c1', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6');
  expect(cni.add('c1', loopback()).ips).toEqual([{ interface: 0, address: '127.0.0.1/8' }]);
});

test('ADD again, and in a chain: the result of the plugins before is passed on', ({ lab, cni }) => {
  const prevResult = cni.add('c1', bridgeConfig());
  expect(cni.add('c1', { ...loopback(), prevResult }, { ifname: 'lo' })).toEqual(prevResult);
  expect(cni.add('c1', { ...loopback(), prevResult }, { ifname: 'lo' })).toEqual(prevResult);
  expect(isUp(lab, 'c1')).toBe(true);
});

test('CHECK tells when lo is down', ({ lab, cni }) => {
  cni.add('c1', loopback());
  expect(cni.call('CHECK', 'c1', loopback())).toMatchObject(silent);
  lab.shell('c1', 'ip link set lo down');
  expect(cni.fail('CHECK', 'c1', loopback())).toMatchObject({
    code: 105,
    msg: 'network namespace "/run/netns/c1": loopback is down',
  });
});

test('STATUS is content, GC leaves lo as it is', ({ lab, cni }) => {
  cni.add('c1', loopback());
  expect(cni.call('STATUS', 'c1', loopback())).toMatchObject(silent);
  const nobody = { ...loopback(), 'cni.dev/valid-attachments': [] };
  expect(cni.call('GC', 'c1', nobody)).toMatchObject(silent);
  expect(isUp(lab, 'c1')).toBe(true);
});

test('DEL succeeds when the namespace is not told, or gone', ({ lab, cni }) => {
  cni.add('c1', loopback());
  expect(cni.call('DEL', 'c1', loopback(), { netns: '' })).toMatchObject(silent);
  expect(isUp(lab, 'c1')).toBe(true);
  lab.endContainer('c1');
  cni.del('c1', loopback());
});

test('what is no namespace is refused by every verb', ({ lab, cni }) => {
  const netns = join(lab.folder, 'file');
  writeFileSync(netns, '');
  for (const verb of ['ADD', 'CHECK', 'DEL'])
    expect(cni.fail(verb, 'c1', loopback(), { netns })).toMatchObject({
      code: 8,
      msg: `network namespace "${netns}": it is no network namespace`,
    });
  expect(cni.fail('ADD', 'c1', loopback(), { netns: '/nothing/there' }).code).toBe(8);
});

test("the host's own namespace is refused before anything is done", ({ lab, cni }) => {
  const netns = '/proc/self/ns/net';
  expect(cni.fail('DEL', 'c1', loopback(), { netns }).code).toBe(8);
  expect(isUp(lab, HOST)).toBe(true);
  lab.exec(HOST, ['ip', 'link', 'set', 'lo', 'down']);
  expect(cni.fail('ADD', 'c1', loopback(), { netns })).toMatchObject({
    code: 8,
    msg: `network namespace "${netns}" is the host's own: it would be changed`,
  });
  expect(isUp(lab, HOST)).toBe(false);
  expect(cni.fail('CHECK', 'c1', loopback(), { netns }).code).toBe(8);
});

test('in parallel with the plugin bridge in one namespace, as containerd does it', async ({ lab, cni }) => {
  const bridge = bridgeConfig();
  const first = loopback('0.3.1');
  for (let round = 0; round < 20; round += 1) {
    const container = `c${round}`;
    lab.container(container);
    cni.attached(container, bridge);
    const both = async (verb: string): Promise<unknown[]> =>
      Promise.all([
        cni.start(verb, container, first, { ifname: 'lo' }).outcome,
        cni.start(verb, container, bridge).outcome,
      ]);
    expect(await both('ADD')).toMatchObject([
      { status: 0, stderr: '' },
      { status: 0, stderr: '' },
    ]);
    expect(isUp(lab, container)).toBe(true);
    expect(addressesOf(lab, container, 'eth0')).toHaveLength(2);
    expect(await both('DEL')).toMatchObject([silent, silent]);
    expect(isUp(lab, container)).toBe(false);
    lab.endContainer(container);
  }
});
