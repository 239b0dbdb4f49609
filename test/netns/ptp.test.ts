// The ptp plugin: a veth pair without a bridge, and portmap behind it.
import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import type { Cni } from './cni.ts';
import { test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { addressesOf, elementsOf, linkOf, linksOf, routesOf, sysctlOf } from './look.ts';
import { isSilent, ping, reach } from './reach.ts';
import { snapshot } from './snapshot.ts';
import { readStore } from './store.ts';

const routes = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }];
const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];

function ptpConfig(keys: object = {}): Record<string, unknown> {
  const ipam = { type: 'host-local', ranges, routes };
  return { cniVersion: '1.1.0', name: 'net', type: 'ptp', ipMasq: true, ipam, ...keys };
}

const config = ptpConfig();

/** Publishes ports with portmap behind ptp, and gives portmap's configuration. */
function publish(cni: Cni, name: string, ...portMappings: object[]): Record<string, unknown> {
  const prevResult = cni.add(name, config);
  const chained = {
    cniVersion: '1.1.0',
    name: 'net',
    type: 'portmap',
    runtimeConfig: { portMappings },
    prevResult,
  };
  expect(cni.call('ADD', name, chained)).toMatchObject({ status: 0, stderr: '' });
  return chained;
}

test('tells the two ends, and makes what it tells', ({ lab, cni }) => {
  const result = cni.add('c1', ptpConfig({ mtu: 1400, dns: { nameservers: ['10.1.0.1'] } }));
  const [host, inside] = result.interfaces ?? [];
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [
      { name: expect.stringMatching(/^veth[0-9a-f]{11}$/) as string, mac: host?.mac, mtu: 1400 },
      { name: 'eth0', mac: '02:42:0a:01:00:02', mtu: 1400, sandbox: '/run/netns/c1' },
    ],
    ips: [
      { interface: 1, address: '10.1.0.2/24', gateway: '10.1.0.1' },
      { interface: 1, address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    ],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    dns: { nameservers: ['10.1.0.1'] },
  });
  const link = linkOf(lab, HOST, host?.name ?? '');
  expect(link).toMatchObject({ address: host?.mac, mtu: 1400, ifalias: 'net/c1/eth0' });
  expect(link).not.toHaveProperty('master');
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address: inside?.mac, mtu: 1400 });
  expect(addressesOf(lab, HOST, link.ifname)).toEqual(['10.1.0.1/32', 'fd00:1::1/128']);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
});

test('everything goes by the gateway, the subnet too', ({ lab, cni }) => {
  cni.add('c1', config);
  const inside = (family: 4 | 6) => routesOf(lab, 'c1', family).filter(({ dst }) => !dst.startsWith('fe80'));
  expect(inside(4)).toEqual([
    expect.objectContaining({ dst: 'default', gateway: '10.1.0.1' }),
    expect.objectContaining({ dst: '10.1.0.0/24', gateway: '10.1.0.1', prefsrc: '10.1.0.2' }),
    expect.objectContaining({ dst: '10.1.0.1', scope: 'link', prefsrc: '10.1.0.2' }),
  ]);
  expect(inside(6)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ dst: 'fd00:1::1', prefsrc: 'fd00:1::2' }),
      expect.objectContaining({ dst: 'fd00:1::/64', gateway: 'fd00:1::1', prefsrc: 'fd00:1::2' }),
      expect.objectContaining({ dst: 'default', gateway: 'fd00:1::1' }),
    ]),
  );
  expect(inside(6)).toHaveLength(3);
  expect(routesOf(lab, HOST, 4).map(({ dst }) => dst)).toEqual(['10.1.0.2']);
  expect(sysctlOf(lab, HOST, 'ipv4/ip_forward')).toBe('1');
  expect(sysctlOf(lab, HOST, 'ipv6/conf/all/forwarding')).toBe('1');
});

test('outside is asked with the address of the host, a neighbour with the own', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', config);
  cni.add('c2', config);
  await lab.serve(OUTSIDE.name, 7000);
  await lab.serve('c2', 7000);
  await lab.serve(HOST, 7000);
  expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000 })).toBe('outside 192.0.2.2');
  expect(reach(lab, 'c1', { address: OUTSIDE[6].outside, port: 7000 })).toBe('outside 2001:db8::2');
  expect(reach(lab, 'c1', { address: '10.1.0.3', port: 7000 })).toBe('c2 10.1.0.2');
  expect(reach(lab, 'c1', { address: 'fd00:1::3', port: 7000 })).toBe('c2 fd00:1::2');
  expect(reach(lab, 'c1', { address: '10.1.0.1', port: 7000 })).toBe('host 10.1.0.2');
  expect(reach(lab, HOST, { address: '10.1.0.3', port: 7000 })).toBe('c2 10.1.0.1');
});

// The host looks for the container's link-layer address on behalf of others, which nobody has asked for before.
test('without ipMasq outside sees the container, and calls it first', ({ lab, cni }) => {
  lab.addOutside();
  lab.shell(
    OUTSIDE.name,
    'ip route add 10.1.0.0/24 via 192.0.2.2; ip -6 route add fd00:1::/64 via 2001:db8::2',
  );
  cni.add('c1', ptpConfig({ ipMasq: false, ipMasqBackend: 'nftables' }));
  expect(ping(lab, OUTSIDE.name, 'fd00:1::2')).toBe(true);
  expect(ping(lab, OUTSIDE.name, '10.1.0.2')).toBe(true);
  expect(elementsOf(lab)).toMatchObject({ masquerade4: [], direct4: [] });
});

test('portmap behind it: answers outside, host, neighbour and the container itself', async ({ lab, cni }) => {
  lab.addOutside();
  const local = { hostPort: 8081, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' };
  const chained = ['c1', 'c2'].map((name, at) =>
    publish(
      cni,
      name,
      { hostPort: 8090 + at, containerPort: 80, protocol: 'tcp' },
      ...(at === 0 ? [local] : []),
    ),
  );
  for (const [at, name] of ['c1', 'c2'].entries()) {
    await lab.serve(name, 80);
    const port = 8090 + at;
    for (const family of [4, 6] as const) {
      const { host, outside } = OUTSIDE[family];
      expect(reach(lab, OUTSIDE.name, { address: host, port })).toBe(`${name} ${outside}`);
      expect(reach(lab, 'c1', { address: host, port })).toMatch(new RegExp(`^${name} `));
      expect(reach(lab, 'c2', { address: host, port })).toMatch(new RegExp(`^${name} `));
      const loopback = family === 4 ? '127.0.0.1' : '::1';
      expect([name, loopback, reach(lab, HOST, { address: loopback, port })]).toEqual([
        name,
        loopback,
        expect.stringMatching(new RegExp(`^${name} `)),
      ]);
    }
  }
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081 })).toMatch(/^c1 /);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toBe(true);
  for (const [at, name] of ['c1', 'c2'].entries()) {
    const portmap = chained[at] ?? {};
    expect(cni.call('CHECK', name, portmap)).toMatchObject({ status: 0, stdout: '' });
    expect(cni.call('DEL', name, portmap)).toMatchObject({ status: 0, stdout: '' });
    expect(cni.call('CHECK', name, config)).toMatchObject({ status: 0, stdout: '' });
    expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8090 + at })).toBe(true);
  }
});

test('publishes ports itself when its own configuration has them', async ({ lab, cni }) => {
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
  cni.add('c1', ptpConfig({ runtimeConfig: { portMappings } }));
  await lab.serve('c1', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('c1 10.1.0.1');
  expect(reach(lab, HOST, { address: '::1', port: 8080 })).toBe('c1 fd00:1::1');
});

const HOST_END = '$(ip -br link show type veth | cut -d@ -f1)';

/** Each way to break an endpoint: where, by which command, and what CHECK says then. */
const damages: readonly [string, string, string, RegExp][] = [
  ['an address removed', 'c1', 'ip address del 10.1.0.2/24 dev eth0', /address 10\.1\.0\.2\/24 is missing/],
  ['the default route removed', 'c1', 'ip route del default', /route 0\.0\.0\.0\/0 is missing/],
  ['the route to the subnet removed', 'c1', 'ip route del 10.1.0.0/24', /route 10\.1\.0\.0\/24 is missing/],
  ['the gateway off the link', 'c1', 'ip -6 route del fd00:1::1', /route fd00:1::1\/128 is missing/],
  ['the interface gone', 'c1', 'ip link del eth0', /link "veth[0-9a-f]{11}" is missing/],
  ["the host's end down", HOST, `ip link set ${HOST_END} down`, /link "veth[0-9a-f]{11}" is down/],
  [
    "a gateway's address removed",
    HOST,
    `ip address del 10.1.0.1/32 dev ${HOST_END}`,
    /address 10\.1\.0\.1\/32 of link "veth[0-9a-f]{11}" is missing/,
  ],
  [
    "the host's route removed",
    HOST,
    'ip route del 10.1.0.2',
    /the host's route to 10\.1\.0\.2 does not go by/,
  ],
  [
    'the neighbours not excepted any more',
    HOST,
    'nft delete element inet tsnet direct4 "{ 10.1.0.2 . 10.1.0.0/24 }"',
    /its elements in set "direct4"/,
  ],
];

for (const [name, where, command, complaint] of damages) {
  test(`CHECK fails after ${name}`, ({ lab, cni }) => {
    const prevResult = cni.add('c1', config);
    expect(cni.call('CHECK', 'c1', { ...config, prevResult })).toMatchObject({ status: 0, stdout: '' });
    lab.shell(where, command);
    expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
      code: 105,
      msg: expect.stringMatching(complaint) as string,
    });
  });
}

test('DEL twice, with an empty CNI_NETNS, after the namespace has gone, after the store was lost', ({
  lab,
  cni,
}) => {
  cni.add('c1', config);
  cni.del('c1', config, { netns: '' });
  cni.del('c1', config);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  cni.add('c1', config);
  lab.endContainer('c1');
  cni.del('c1', { cniVersion: '1.1.0', name: 'net', type: 'ptp' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  cni.add('c2', config);
  rmSync(lab.runDir, { recursive: true });
  cni.del('c2', config);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
  lab.shell(HOST, 'nft delete table inet tsnet');
});

test('DEL takes one away and leaves the other whole', ({ lab, cni }) => {
  cni.add('c1', config);
  cni.add('c2', config);
  cni.del('c1', config);
  expect(cni.call('CHECK', 'c2', config)).toMatchObject({ status: 0, stdout: '' });
  expect(ping(lab, 'c2', '10.1.0.1')).toBe(true);
  expect(elementsOf(lab)['direct6']).toHaveLength(1);
});

test('GC takes away what is not in the list, also after the store was lost', ({ lab, cni }) => {
  cni.add('c1', config);
  cni.add('c2', config);
  const keep = (...names: string[]) => ({
    ...config,
    'cni.dev/valid-attachments': names.map((containerID) => ({ containerID, ifname: 'eth0' })),
  });
  lab.endContainer('c1');
  expect(cni.call('GC', 'c2', keep('c2'))).toMatchObject({ status: 0, stdout: '' });
  expect(readStore(lab).endpoint).toMatchObject([{ container: 'c2' }]);
  expect(elementsOf(lab)).toMatchObject({ direct4: { length: 1 }, masquerade6: { length: 1 } });
  expect(cni.call('CHECK', 'c2', config)).toMatchObject({ status: 0, stdout: '' });
  rmSync(lab.runDir, { recursive: true });
  expect(cni.call('GC', 'c2', keep())).toMatchObject({ status: 0, stdout: '' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('ADD killed at any moment: DEL leaves nothing', async ({ lab, cni }) => {
  lab.container('c1');
  cni.attached('c1', config);
  const states = new Set<string>();
  // Later and later, until one is done before it is killed.
  for (let moment = 4, isDone = false; !isDone; moment = Math.ceil(moment * 1.2)) {
    const { child, outcome } = cni.start('ADD', 'c1', config);
    const timer = setTimeout(() => child.kill('SIGKILL'), moment);
    isDone = (await outcome).status === 0;
    clearTimeout(timer);
    states.add(String(readStore(lab).endpoint[0]?.['state']));
    cni.del('c1', config);
    expect([moment, findLeftovers(lab, ['lo'])]).toEqual([moment, []]);
  }
  expect(states.size).toBeGreaterThan(1);
});

const wrong: Record<string, [object, number, RegExp]> = {
  'no ipam': [{ ipam: undefined }, 7, /^ipam: ptp needs addresses/],
  'an mtu that is none': [{ mtu: 70000 }, 7, /mtu/],
  'a destination with host bits': [
    { nonMasqueradeCIDRs: ['10.0.0.1/8'] },
    7,
    /nonMasqueradeCIDRs\[0\] "10\.0\.0\.1\/8"/,
  ],
  'an address that is its own gateway': [
    { ipam: { type: 'host-local', subnet: '10.1.0.0/24' }, runtimeConfig: { ips: ['10.1.0.1/24'] } },
    102,
    /10\.1\.0\.1/,
  ],
};

for (const [name, [keys, code, says]] of Object.entries(wrong)) {
  test(`${name}: refused, and nothing changed`, ({ lab, cni }) => {
    lab.container('c1');
    const before = snapshot(lab);
    expect(cni.fail('ADD', 'c1', ptpConfig(keys))).toMatchObject({
      code,
      msg: expect.stringMatching(says) as string,
    });
    expect(snapshot(lab)).toEqual(before);
  });
}

test('an interface of that name in the sandbox is refused and stays', ({ lab, cni }) => {
  lab.container('c1');
  lab.shell('c1', 'ip link add eth0 type bridge');
  expect(cni.fail('ADD', 'c1', config)).toMatchObject({ code: 104 });
  expect(linkOf(lab, 'c1', 'eth0').linkinfo?.info_kind).toBe('bridge');
  lab.shell('c1', 'ip link del eth0');
});

test('STATUS tells when no address is left', ({ cni }) => {
  const small = ptpConfig({ ipam: { type: 'host-local', subnet: '10.1.0.0/30' } });
  expect(cni.call('STATUS', 'c1', small)).toMatchObject({ status: 0, stdout: '' });
  cni.add('c1', small);
  expect(cni.fail('STATUS', 'c1', small)).toMatchObject({ code: 50 });
});
