// The macvlan plugin: containers beside the host on its own network, with real packets.
import { rmSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Cni } from './cni.ts';
import { test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { killEachAdd } from './killed.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linkOf, linksOf, routesOf } from './look.ts';
import { isPingSilent, ping } from './reach.ts';
import { snapshot } from './snapshot.ts';
import { readStore } from './store.ts';

/** A network on the LAN of the uplink; `keys` add to it or replace. */
function lanConfig(keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    cniVersion: '1.1.0',
    name: 'lan',
    type: 'macvlan',
    master: 'up0',
    ipam: {
      type: 'host-local',
      ranges: [
        [{ subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', gateway: OUTSIDE[4].outside }],
        [{ subnet: '2001:db8::/64', rangeStart: '2001:db8::10', gateway: OUTSIDE[6].outside }],
      ],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
    ...keys,
  };
}

/** Of the container's interface, what `ip` tells of its kind. */
function detailOf(lab: Lab, where: string): object | undefined {
  return linkOf(lab, where, 'eth0').linkinfo?.info_data;
}

const config = lanConfig();

test('two containers reach each other and the LAN, and the LAN reaches them', ({ lab, cni }) => {
  lab.addOutside();
  const result = cni.add('c1', config);
  cni.add('c2', config);
  const eth0 = linkOf(lab, 'c1', 'eth0');
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'eth0', mac: eth0.address, mtu: 1500, sandbox: '/run/netns/c1' }],
    ips: [
      { interface: 0, address: '192.0.2.10/24', gateway: '192.0.2.1' },
      { interface: 0, address: '2001:db8::10/64', gateway: '2001:db8::1' },
    ],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  });
  expect(eth0).toMatchObject({ ifalias: 'lan/c1/eth0', linkinfo: { info_kind: 'macvlan' } });
  expect(detailOf(lab, 'c1')).toMatchObject({ mode: 'bridge' });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['192.0.2.10/24', '2001:db8::10/64']);
  for (const address of ['192.0.2.11', '2001:db8::11', OUTSIDE[4].outside, OUTSIDE[6].outside])
    expect(ping(lab, 'c1', address)).toBe(true);
  expect(ping(lab, OUTSIDE.name, '192.0.2.11')).toBe(true);
  expect(isPingSilent(lab, 'c1', OUTSIDE[4].host)).toBe(true);
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('in mode private containers do not reach each other', ({ lab, cni }) => {
  lab.addOutside();
  for (const name of ['c1', 'c2']) cni.add(name, lanConfig({ mode: 'private', bcqueuelen: 400 }));
  expect(detailOf(lab, 'c1')).toMatchObject({ mode: 'private', bcqueuelen: 400 });
  expect(isPingSilent(lab, 'c1', '192.0.2.11')).toBe(true);
  expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
});

test.for(['vepa', 'passthru'])('mode %s', (mode, { lab, cni }) => {
  lab.addOutside();
  cni.add('c1', lanConfig({ mode }));
  expect(detailOf(lab, 'c1')).toMatchObject({ mode });
  const isShared = linkOf(lab, 'c1', 'eth0').address === linkOf(lab, HOST, 'up0').address;
  expect(isShared).toBe(mode === 'passthru');
});

test('without master it lies on the interface of the default route', ({ lab, cni }) => {
  lab.addOutside();
  lab.exec(HOST, ['ip', 'route', 'add', 'default', 'via', OUTSIDE[4].outside]);
  cni.add('c1', lanConfig({ master: '' }));
  expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
});

test('in a chain it lies on the only interface of the plugins before', ({ lab, cni }) => {
  lab.addOutside();
  const previous = (...names: string[]) => ({
    cniVersion: '1.1.0',
    interfaces: names.map((name) => ({ name })),
    ips: [],
  });
  cni.add('c1', lanConfig({ master: '', prevResult: previous('up0') }));
  expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
  lab.container('c2');
  expect(cni.fail('ADD', 'c2', lanConfig({ master: '', prevResult: previous('up0', 'up1') }))).toMatchObject({
    code: 7,
    msg: 'chained master failure. PrevResult lacks a single named interface',
  });
});

test('MAC, MTU, and no addresses without IPAM', ({ lab, cni }) => {
  lab.addOutside();
  const mac = '02:00:5e:00:53:01';
  const bare = lanConfig({ ipam: undefined, mtu: 1400, mac: '02:00:5e:00:53:ff' });
  const result = cni.add('c1', { ...bare, runtimeConfig: { mac } });
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'eth0', mac, mtu: 1400, sandbox: '/run/netns/c1' }],
  });
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({
    address: mac,
    mtu: 1400,
    flags: expect.arrayContaining(['UP']) as string[],
  });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual([]);
  expect(cni.call('CHECK', 'c1', bare).status).toBe(0);
  cni.add('c2', bare, { env: { CNI_ARGS: 'MAC=02:00:5e:00:53:02' } });
  expect(linkOf(lab, 'c2', 'eth0').address).toBe('02:00:5e:00:53:02');
  cni.add('c3', bare);
  expect(linkOf(lab, 'c3', 'eth0').address).toBe('02:00:5e:00:53:ff');
});

test('linkInContainer: the master is in the container, and stays', ({ lab, cni }) => {
  lab.addOutside();
  lab.container('c1');
  lab.shell(
    HOST,
    'ip link add up1 type veth peer name in0 netns c1; ip link set up1 up; ip -n c1 link set in0 up',
  );
  const inside = lanConfig({ master: 'in0', linkInContainer: true });
  cni.add('c1', inside);
  expect(detailOf(lab, 'c1')).toMatchObject({ mode: 'bridge' });
  expect(cni.fail('ADD', 'c1', { ...inside, master: 'up0' }, { ifname: 'eth1' })).toMatchObject({
    code: 7,
    msg: 'failed to lookup master "up0": no such interface in the container',
  });
  cni.del('c1', inside);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo', 'in0']);
  lab.exec(HOST, ['ip', 'link', 'delete', 'up1']);
});

const damages = [
  ['an address removed', 'ip address del 192.0.2.10/24 dev eth0', /address 192\.0\.2\.10\/24 is missing/],
  ['the route removed', 'ip route del default', /route 0\.0\.0\.0\/0 is missing/],
  ['down', 'ip link set eth0 down', /interface "eth0" is down/],
  ['gone', 'ip link del eth0', /interface "eth0" is missing/],
  ['of another mode', 'ip link set eth0 type macvlan mode private', /macvlan\.mode .* is 1, not 4/],
  [
    'of another kind',
    'ip link set eth0 down; ip link set eth0 name x; ip link add eth0 type ifb; ip link del x',
    /is of kind "ifb", not "macvlan"/,
  ],
] as const;

test.for(damages)('CHECK notices the interface %s', ([, damage, words], { lab, cni }) => {
  lab.addOutside();
  cni.add('c1', config);
  lab.shell('c1', damage);
  const { code, msg } = cni.fail('CHECK', 'c1', config);
  expect(code).toBe(105);
  expect(msg).toMatch(words);
  cni.del('c1', config);
  lab.shell('c1', 'ip link del eth0 2>/dev/null || true');
});

describe('DEL', () => {
  test('twice, with an empty CNI_NETNS, when the namespace or the master is gone', ({ lab, cni }) => {
    lab.addOutside();
    for (const name of ['c1', 'c2', 'c3']) cni.add(name, config);
    cni.del('c1', config, { netns: '' });
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
    cni.del('c1', config);
    lab.endContainer('c2');
    cni.del('c2', config);
    lab.exec(HOST, ['ip', 'link', 'delete', 'up0']);
    cni.del('c3', config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('finds an interface that was renamed, and leaves one that is not its own', ({ lab, cni }) => {
    lab.addOutside();
    cni.add('c1', config);
    lab.shell('c1', 'ip link set eth0 down; ip link set eth0 name lan0; ip link add eth0 type ifb');
    cni.del('c1', config);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
    lab.exec('c1', ['ip', 'link', 'delete', 'eth0']);
  });

  test('takes the interface when the store was lost', ({ lab, cni }) => {
    lab.addOutside();
    cni.add('c1', config);
    rmSync(lab.runDir, { recursive: true });
    cni.del('c1', config);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  test('after an ADD that was killed at any moment leaves nothing', async ({ lab, cni }) => {
    lab.addOutside();
    lab.container('c1');
    await killEachAdd(cni, 'c1', config, () => {
      cni.del('c1', config);
      expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
    });
  });
});

test('GC takes what is not in the list', ({ lab, cni }) => {
  lab.addOutside();
  for (const name of ['c1', 'c2']) cni.add(name, config);
  const list = { 'cni.dev/valid-attachments': [{ containerID: 'c2', ifname: 'eth0' }] };
  expect(cni.call('GC', 'c2', { ...config, ...list })).toMatchObject({ status: 0, stdout: '' });
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(readStore(lab).endpoint.map(({ container }) => container)).toEqual(['c2']);
  expect(cni.call('CHECK', 'c2', config).status).toBe(0);
});

test('STATUS', ({ lab, cni }) => {
  lab.addOutside();
  expect(cni.call('STATUS', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
});

describe('bad input changes nothing', () => {
  // A master that is down: nothing about it changes by itself, as a link-local address would.
  const addMaster = (lab: Lab): string => lab.exec(HOST, ['ip', 'link', 'add', 'up0', 'type', 'ifb']);

  const wrong: readonly [object, number, string | RegExp][] = [
    [{ master: 'nope' }, 7, 'failed to lookup master "nope": no such interface on the host'],
    [{ master: 'a name of too many characters' }, 7, /^master "a name/],
    [{ master: null }, 7, 'no default route interface found on the host: name one as "master"'],
    [{ mode: 'source' }, 7, /^mode "source": unknown macvlan mode/],
    [{ mtu: 9000 }, 7, 'invalid MTU 9000, must be [0, master MTU(1500)]'],
    [{ mtu: -1 }, 7, /^mtu -1: /],
    [{ mac: '02:00' }, 7, /^mac "02:00": /],
    [{ bcqueuelen: 1.5 }, 7, /^bcqueuelen 1.5: /],
    [{ mode: 'passthru', mac: '02:00:5e:00:53:01' }, 7, /^mac "02:00:5e:00:53:01": in mode passthru/],
    [{ linkInContainer: true }, 7, 'failed to lookup master "up0": no such interface in the container'],
  ];

  function expectRefusal(lab: Lab, cni: Cni, keys: object): { code: number; msg: string } {
    const before = snapshot(lab);
    const error = cni.fail('ADD', 'c1', lanConfig({ ...keys }));
    expect(snapshot(lab)).toEqual(before);
    return error;
  }

  test.for(wrong)('%j', ([keys, code, words], { lab, cni }) => {
    addMaster(lab);
    lab.container('c1');
    const error = expectRefusal(lab, cni, keys);
    expect(error.code).toBe(code);
    if (typeof words === 'string') expect(error.msg).toBe(words);
    else expect(error.msg).toMatch(words);
  });

  test('an interface of that name is there: it stays', ({ lab, cni }) => {
    addMaster(lab);
    lab.container('c1');
    lab.exec('c1', ['ip', 'link', 'add', 'eth0', 'type', 'ifb']);
    expect(expectRefusal(lab, cni, {})).toMatchObject({
      code: 104,
      msg: 'interface "eth0" already exists in network namespace "/run/netns/c1"',
    });
    lab.exec('c1', ['ip', 'link', 'delete', 'eth0']);
  });

  test('attached already', ({ lab, cni }) => {
    addMaster(lab);
    cni.add('c1', config);
    expect(expectRefusal(lab, cni, {})).toMatchObject({ code: 104 });
    expect(routesOf(lab, 'c1', 4)).toContainEqual(expect.objectContaining({ dst: 'default' }));
  });

  test('a master that cannot have another one', ({ lab, cni }) => {
    addMaster(lab);
    cni.add('c2', lanConfig({ mode: 'passthru' }));
    lab.container('c1');
    expect(expectRefusal(lab, cni, {}).msg).toMatch(/^failed to create macvlan on master "up0": /);
  });
});
