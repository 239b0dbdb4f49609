// The plugins ipvlan, vlan and dummy: what they refuse everywhere, and what they make where the kernel has these kinds.
import { describe, expect } from 'vitest';
import { test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linkOf, linksOf } from './look.ts';
import { ping } from './reach.ts';
import { snapshot } from './snapshot.ts';

const ipam = {
  type: 'host-local',
  subnet: '192.0.2.0/24',
  rangeStart: '192.0.2.10',
  gateway: OUTSIDE[4].outside,
};

function configOf(type: string, keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'lan', type, master: 'up0', ipam, ...keys };
}

/** Why the kernel has no links of a kind; undefined when it has. */
function whyNot(lab: Lab, ...kind: string[]): string | undefined {
  const link = ['ip', 'link', 'add', 'try0', ...kind];
  const { status, stderr } = lab.attempt(HOST, link);
  if (status !== 0) return `${kind.join(' ')}: ${stderr.trim()}`;
  lab.exec(HOST, ['ip', 'link', 'delete', 'try0']);
  return undefined;
}

test('ipvlan: containers reach each other and the LAN with the MAC of the master', ({ lab, cni, skip }) => {
  lab.addOutside();
  const reason = whyNot(lab, 'link', 'up0', 'type', 'ipvlan');
  if (reason !== undefined) skip(reason);
  const config = configOf('ipvlan');
  const result = cni.add('c1', config);
  cni.add('c2', config);
  const { address } = linkOf(lab, HOST, 'up0');
  expect(result.interfaces).toEqual([{ name: 'eth0', mac: address, mtu: 1500, sandbox: '/run/netns/c1' }]);
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address, linkinfo: { info_data: { mode: 'l2' } } });
  expect(ping(lab, 'c1', '192.0.2.11')).toBe(true);
  expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
  expect(cni.call('CHECK', 'c1', config).status).toBe(0);
});

test('ipvlan: in a chain it takes master and addresses of the plugins before', ({ lab, cni, skip }) => {
  lab.addOutside();
  const reason = whyNot(lab, 'link', 'up0', 'type', 'ipvlan');
  if (reason !== undefined) skip(reason);
  const prevResult = {
    cniVersion: '1.1.0',
    interfaces: [{ name: 'up0' }],
    ips: [{ address: '192.0.2.77/24', gateway: OUTSIDE[4].outside }],
  };
  const chained = configOf('ipvlan', { master: '', ipam: undefined, mode: 'l3s', prevResult });
  const result = cni.add('c1', chained);
  expect(result.ips).toEqual([{ interface: 0, address: '192.0.2.77/24', gateway: '192.0.2.1' }]);
  expect(linkOf(lab, 'c1', 'eth0').linkinfo?.info_data).toMatchObject({ mode: 'l3s' });
});

test('vlan: an interface for one VLAN, that its master has once', ({ lab, cni, skip }) => {
  lab.addOutside();
  const reason = whyNot(lab, 'link', 'up0', 'type', 'vlan', 'id', '5');
  if (reason !== undefined) skip(reason);
  const config = configOf('vlan', { vlanId: 5, mtu: 1400 });
  cni.add('c1', config);
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ mtu: 1400, linkinfo: { info_data: { id: 5 } } });
  lab.shell(
    OUTSIDE.name,
    `ip link add eth0.5 link eth0 type vlan id 5; ip link set eth0.5 up
     ip address flush dev eth0; ip address add ${OUTSIDE[4].outside}/24 dev eth0.5`,
  );
  expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
  lab.container('c2');
  expect(cni.fail('ADD', 'c2', config)).toMatchObject({
    code: 104,
    msg: expect.stringMatching(/^failed to create vlan 5 on master "up0": /) as string,
  });
  lab.exec(HOST, ['ip', 'link', 'delete', 'up0']);
  cni.del('c1', config);
});

test('dummy: an interface with addresses', ({ lab, cni, skip }) => {
  const reason = whyNot(lab, 'type', 'dummy');
  if (reason !== undefined) skip(reason);
  const config = configOf('dummy');
  cni.add('c1', config);
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({
    linkinfo: { info_kind: 'dummy' },
    flags: expect.arrayContaining(['UP']) as string[],
  });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['192.0.2.10/24']);
  expect(cni.call('CHECK', 'c1', config).status).toBe(0);
  cni.del('c1', config, { netns: '' });
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('a kernel without the kind: the error says so, and nothing is left', ({ lab, cni, skip }) => {
  lab.addOutside();
  lab.container('c1');
  if (whyNot(lab, 'type', 'dummy') === undefined) skip('this kernel has dummy links');
  const { code, msg } = cni.fail('ADD', 'c1', configOf('dummy'));
  expect([code, msg]).toEqual([999, expect.stringMatching(/^failed to create dummy: .*\(EOPNOTSUPP\)/)]);
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

describe('bad input changes nothing', () => {
  // A master that is down: nothing about it changes by itself, as a link-local address would.
  const addMaster = (lab: Lab): string => lab.exec(HOST, ['ip', 'link', 'add', 'up0', 'type', 'ifb']);

  const wrong: readonly [string, object, string | RegExp][] = [
    ['ipvlan', { master: 'nope' }, 'failed to lookup master "nope": no such interface on the host'],
    ['ipvlan', { mode: 'l4' }, /^mode "l4": unknown ipvlan mode/],
    ['ipvlan', { mtu: 1501 }, 'invalid MTU 1501, must be [0, master MTU(1500)]'],
    ['ipvlan', { ipam: {} }, /^ipvlan interface requires an IPAM configuration/],
    ['vlan', { master: '' }, 'master: missing'],
    ['vlan', { master: 'nope' }, 'failed to lookup master "nope": no such interface on the host'],
    ['vlan', { vlanId: 4095 }, /^vlanId 4095: invalid VLAN ID 4095 \(must be between 0 and 4094 inclusive\)/],
    ['vlan', { vlanId: -1 }, /^vlanId -1: invalid VLAN ID/],
    ['vlan', { ipam: null }, 'vlan interface requires an IPAM configuration'],
    ['dummy', { ipam: {} }, 'dummy interface requires an IPAM configuration'],
  ];

  test.for(wrong)('%s %j', ([type, keys, words], { lab, cni }) => {
    addMaster(lab);
    lab.container('c1');
    const before = snapshot(lab);
    const { code, msg } = cni.fail('ADD', 'c1', configOf(type, { ...keys }));
    expect([code, msg]).toEqual([7, typeof words === 'string' ? words : expect.stringMatching(words)]);
    expect(snapshot(lab)).toEqual(before);
  });
});
