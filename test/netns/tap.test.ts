// The tap plugin: a device that waits for a program in the container.
import { beforeEach, expect } from 'vitest';
import { test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linkOf, linksOf, routesOf } from './look.ts';
import { snapshot } from './snapshot.ts';
import { whyNoTun } from './tun.ts';

const obstacle = whyNoTun();

beforeEach(({ skip }) => {
  if (obstacle !== undefined) skip(obstacle);
});

const ipam = {
  type: 'host-local',
  ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]],
  routes: [{ dst: '0.0.0.0/0' }],
};

function tapConfig(keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'taps', type: 'tap', ...keys };
}

/** What `ip -n` tells, with numbers where it would look names up. */
function tapOf(lab: Lab): unknown {
  const links = JSON.parse(lab.exec('c1', ['ip', '-j', '-d', 'link', 'show', 'eth0'])) as {
    linkinfo: unknown;
  }[];
  return links[0]?.linkinfo;
}

test('a persistent device with owner, group, queues, MTU, MAC and addresses', ({ lab, cni }) => {
  const mac = '02:00:5e:00:53:01';
  const config = tapConfig({ ipam, mac, mtu: 1400, multiQueue: true, owner: 61234, group: 4294967000 });
  const result = cni.add('c1', config);
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'eth0', mac, mtu: 1400, sandbox: '/run/netns/c1' }],
    ips: [
      { interface: 0, address: '10.1.0.2/24', gateway: '10.1.0.1' },
      { interface: 0, address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    ],
    routes: [{ dst: '0.0.0.0/0' }],
  });
  expect(tapOf(lab)).toMatchObject({
    info_kind: 'tun',
    info_data: { type: 'tap', multi_queue: true, persist: true, user: 61234, group: 4294967000 },
  });
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({
    address: mac,
    mtu: 1400,
    ifalias: 'taps/c1/eth0',
    flags: expect.arrayContaining(['UP']) as string[],
  });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  expect(routesOf(lab, 'c1', 4)).toContainEqual(
    expect.objectContaining({ dst: 'default', gateway: '10.1.0.1' }),
  );
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  cni.del('c1', config, { netns: '' });
  cni.del('c1', config);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test("without keys: nobody's, without addresses; the runtime's MAC counts more than the configuration's", ({
  lab,
  cni,
}) => {
  const mac = '02:00:5e:00:53:02';
  cni.add('c1', tapConfig({ mac: '02:00:5e:00:53:01', runtimeConfig: { mac } }));
  expect(linkOf(lab, 'c1', 'eth0').address).toBe(mac);
  expect(tapOf(lab)).toMatchObject({ info_data: { type: 'tap', multi_queue: false, persist: true } });
  expect(JSON.stringify(tapOf(lab))).not.toMatch(/user|group/);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual([]);
});

test('becomes a port of a bridge in the container', ({ lab, cni }) => {
  lab.container('c1');
  lab.exec('c1', ['ip', 'link', 'add', 'br0', 'type', 'bridge']);
  cni.add('c1', tapConfig({ bridge: 'br0' }));
  expect(linkOf(lab, 'c1', 'eth0').master).toBe('br0');
  cni.del('c1', tapConfig());
  lab.exec('c1', ['ip', 'link', 'delete', 'br0']);
});

test('CHECK notices another owner, and that the device is gone', ({ lab, cni }) => {
  const config = tapConfig({ owner: 61234 });
  cni.add('c1', config);
  lab.exec('c1', ['ip', 'link', 'delete', 'eth0']);
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({ code: 105 });
  lab.exec('c1', ['ip', 'tuntap', 'add', 'eth0', 'mode', 'tap', 'user', '61235']);
  lab.exec('c1', ['ip', 'link', 'set', 'eth0', 'up']);
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
    code: 105,
    msg: expect.stringContaining('tun.owner of interface "eth0" is 61235, not 61234') as string,
  });
  cni.del('c1', config);
  lab.exec('c1', ['ip', 'link', 'delete', 'eth0']);
});

test('DEL when the namespace is gone; GC', ({ lab, cni }) => {
  const config = tapConfig({ ipam });
  for (const name of ['c1', 'c2']) cni.add(name, config);
  lab.endContainer('c1');
  cni.del('c1', config);
  const none = { 'cni.dev/valid-attachments': [] };
  expect(cni.call('GC', 'c2', { ...config, ...none })).toMatchObject({ status: 0, stdout: '' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('DEL after an ADD that was killed at any moment leaves nothing', async ({ lab, cni }) => {
  const config = tapConfig({ ipam, owner: 61234 });
  lab.container('c1');
  await killEachAdd(cni, 'c1', config, () => {
    cni.del('c1', config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });
});

const wrong: readonly [object, RegExp][] = [
  [{ bridge: 'br9' }, /^failed to get bridge "br9": no such interface in the container$/],
  [{ bridge: 'lo' }, /^failed to get bridge "lo": it is no bridge$/],
  [{ owner: -1 }, /^owner -1: /],
  [{ group: 'wheel' }, /^group "wheel": /],
  [{ multiQueue: 'yes' }, /^multiQueue "yes": /],
  [{ selinuxContext: 'no such context' }, /^selinuxContext "no such context": SELinux is not enabled here/],
];

test.for(wrong)('bad input changes nothing: %j', ([keys, words], { lab, cni }) => {
  lab.container('c1');
  const before = snapshot(lab);
  const { code, msg } = cni.fail('ADD', 'c1', tapConfig({ ...keys, ipam }));
  expect([code, msg]).toEqual([7, expect.stringMatching(words)]);
  expect({ ...snapshot(lab) }).toEqual(before);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
});
