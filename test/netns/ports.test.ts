// Published ports, with real packets: who reaches them, who does not, and what the server sees.
import { expect } from 'vitest';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf, linkOf, routesOf, sysctlOf } from './look.ts';
import { answering, expectSilence, isSilent, reach } from './reach.ts';
import type { Service } from './reach.ts';
import { readStore } from './store.ts';

const V4 = OUTSIDE[4].host;
const V6 = OUTSIDE[6].host;

const tcpAndUdp = portsConfig([
  { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostPort: 8080, containerPort: 80, protocol: 'udp' },
]);

/** Lets packets to 127.0.0.0/8 leave a namespace by its eth0, and answers come back: what an attacker would do. */
function sendLoopbackAway(lab: Lab, from: string, gateway: string): void {
  lab.shell(
    from,
    `ip link set lo up
     echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet
     ip address del 127.0.0.1/8 dev lo || true
     ip route flush table local 127.0.0.0/8
     ip route add 127.0.0.0/8 via ${gateway} dev eth0`,
  );
}

/** How many packets to 127.0.0.0/8 came in by an interface of the host: proof that they were sent at all. */
function countLoopbackPackets(lab: Lab, ifname: string): () => number {
  lab.exec(HOST, [
    'nft',
    `add table inet watch; add chain inet watch raw { type filter hook prerouting priority -400; };
     add counter inet watch seen; add rule inet watch raw iifname "${ifname}" ip daddr 127.0.0.0/8 counter name seen`,
  ]);
  return () => Number(/packets (\d+)/.exec(lab.exec(HOST, ['nft', 'list', 'counters']))?.[1]);
}

/** What comes of it without the rule that guards loopback: if it works then, the rule is what kept it out before. */
function withoutGuard<T>(lab: Lab, attempt: () => T): T {
  const chain = ['inet', 'tsnet', 'raw'];
  const rules = lab.exec(HOST, ['nft', 'list', 'chain', ...chain]);
  lab.exec(HOST, ['nft', 'flush', 'chain', ...chain]);
  try {
    return attempt();
  } finally {
    lab.exec(HOST, ['nft', rules]);
  }
}

for (const protocol of ['tcp', 'udp'] as const) {
  test(`${protocol} on every address: answers outside, host, neighbour and the container itself`, async ({
    lab,
    cni,
  }) => {
    lab.addOutside();
    cni.add('c1', tcpAndUdp);
    cni.add('c2', bridgeConfig());
    await lab.serve('c1', 80);
    const answer = (from: string, address: string): string | undefined =>
      reach(lab, from, { address, port: 8080, protocol });
    expect(answer(OUTSIDE.name, V4)).toBe(`c1 ${OUTSIDE[4].outside}`);
    expect(answer(OUTSIDE.name, V6)).toBe(`c1 ${OUTSIDE[6].outside}`);
    for (const address of [V4, '10.1.0.1', '127.0.0.1', V6, 'fd00:1::1', '::1']) {
      expect([address, answer(HOST, address)]).toEqual([address, expect.stringMatching(/^c1 /)]);
    }
    for (const address of [V4, '10.1.0.1', V6, 'fd00:1::1']) {
      const gateway = address.includes(':') ? 'fd00:1::1' : '10.1.0.1';
      expect([address, answer('c2', address)]).toEqual([address, `c1 ${gateway}`]);
      expect([address, answer('c1', address)]).toEqual([address, `c1 ${gateway}`]);
    }
  });
}

test('answers a container on another network', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', tcpAndUdp);
  cni.add(
    'far',
    bridgeConfig({
      name: 'far',
      bridge: 'cni1',
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] },
    }),
  );
  await lab.serve('c1', 80);
  for (const address of [V4, '10.1.0.1', '10.2.0.1', V6, 'fd00:2::1']) {
    expect([address, reach(lab, 'far', { address, port: 8080 })]).toEqual([
      address,
      expect.stringMatching(/^c1 /),
    ]);
  }
});

test('hostIP: one address answers, another does not', async ({ lab, cni }) => {
  lab.addOutside();
  lab.shell(HOST, 'ip address add 192.0.2.3/24 dev up0; ip -6 address add 2001:db8::3/64 dev up0 nodad');
  cni.add(
    'c1',
    portsConfig([
      { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: V4 },
      { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: V6 },
      { hostPort: 8080, containerPort: 80, protocol: 'udp', hostIP: V4 },
    ]),
  );
  await lab.serve('c1', 80);
  for (const from of [OUTSIDE.name, HOST]) {
    expect(reach(lab, from, { address: V4, port: 8080 })).toMatch(/^c1 /);
    expect(reach(lab, from, { address: V6, port: 8080 })).toMatch(/^c1 /);
    expect(reach(lab, from, { address: V4, port: 8080, protocol: 'udp' })).toMatch(/^c1 /);
    await expectSilence(lab, from, ['192.0.2.3', '2001:db8::3'], 8080);
  }
  expect(isSilent(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe(true);
});

test('hostIP 0.0.0.0 and :: stand for every address of their family, and for that alone', async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  cni.add(
    'c1',
    portsConfig([
      { hostPort: 8004, containerPort: 80, protocol: 'tcp', hostIP: '0.0.0.0' },
      { hostPort: 8006, containerPort: 80, protocol: 'tcp', hostIP: '::' },
    ]),
  );
  await lab.serve('c1', 80);
  for (const address of [V4, '127.0.0.1']) {
    expect(reach(lab, HOST, { address, port: 8004 })).toMatch(/^c1 /);
    expect(isSilent(lab, HOST, { address, port: 8006 })).toBe(true);
  }
  for (const address of [V6, '::1']) {
    expect(reach(lab, HOST, { address, port: 8006 })).toMatch(/^c1 /);
    expect(isSilent(lab, HOST, { address, port: 8004 })).toBe(true);
  }
  expect(reach(lab, OUTSIDE.name, { address: V4, port: 8004 })).toBe('c1 192.0.2.1');
  expect(reach(lab, OUTSIDE.name, { address: V6, port: 8006 })).toBe('c1 2001:db8::1');
});

const onLoopback = portsConfig([
  { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' },
  { hostPort: 8080, containerPort: 80, protocol: 'udp', hostIP: '127.0.0.1' },
  { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '::1' },
  { hostPort: 8080, containerPort: 80, protocol: 'udp', hostIP: '::1' },
]);

test('hostIP 127.0.0.1 and ::1: the host alone is answered', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', onLoopback);
  cni.add('c2', bridgeConfig());
  await lab.serve('c1', 80);
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const address of ['127.0.0.1', '::1']) {
      expect(reach(lab, HOST, { address, port: 8080, protocol })).toMatch(/^c1 /);
    }
  }
  const services = [V4, V6].flatMap((address) =>
    (['tcp', 'udp'] as const).map((protocol) => ({ address, port: 8080, protocol })),
  );
  for (const from of [HOST, OUTSIDE.name, 'c2'])
    expect([from, await answering(lab, from, services)]).toEqual([from, []]);
});

test('hostIP 127.0.0.1: no answer to who sends packets to 127.0.0.1 to the host', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', onLoopback);
  cni.add('c2', bridgeConfig());
  await lab.serve('c1', 80);
  // The kernel would drop them by itself here; the table has to do it where somebody has switched that off.
  lab.shell(HOST, 'echo 1 > /proc/sys/net/ipv4/conf/up0/route_localnet');
  for (const [from, gateway, ifname] of [
    [OUTSIDE.name, V4, 'up0'],
    ['c2', '10.1.0.1', 'cni0'],
  ] as const) {
    const seen = countLoopbackPackets(lab, ifname);
    sendLoopbackAway(lab, from, gateway);
    const before = seen();
    const both = (['tcp', 'udp'] as const).map((protocol) => ({
      address: '127.0.0.1',
      port: 8080,
      protocol,
    }));
    expect(await answering(lab, from, both)).toEqual([]);
    expect(seen()).toBeGreaterThan(before);
    expect(withoutGuard(lab, () => reach(lab, from, { address: '127.0.0.1', port: 8080 }))).toMatch(/^c1 /);
    lab.exec(HOST, ['nft', 'delete', 'table', 'inet', 'watch']);
  }
  lab.shell(HOST, 'echo 0 > /proc/sys/net/ipv4/conf/up0/route_localnet');
});

test('a service of the host on 127.0.0.1 stays out of reach while ports are published', async ({
  lab,
  cni,
}) => {
  cni.add('c1', tcpAndUdp);
  await lab.serve(HOST, 9000, 'host', '127.0.0.1');
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 9000 })).toBe('host 127.0.0.1');
  expect(sysctlOf(lab, HOST, 'ipv4/conf/cni0/route_localnet')).toBe('1');
  const seen = countLoopbackPackets(lab, 'cni0');
  sendLoopbackAway(lab, 'c1', '10.1.0.1');
  const services = ['127.0.0.1', '10.1.0.1'].flatMap((address) =>
    (['tcp', 'udp'] as const).map((protocol) => ({ address, port: 9000, protocol })),
  );
  expect(await answering(lab, 'c1', services)).toEqual([]);
  expect(seen()).toBeGreaterThan(0);
  expect(withoutGuard(lab, () => reach(lab, 'c1', { address: '127.0.0.1', port: 9000 }))).toMatch(/^host /);
  lab.exec(HOST, ['nft', 'delete', 'table', 'inet', 'watch']);
});

test('a container that calls an outside server on a published port number reaches that server', async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  cni.add('c1', tcpAndUdp);
  cni.add('c2', bridgeConfig());
  await lab.serve('c1', 80);
  await lab.serve(OUTSIDE.name, 8080);
  for (const from of ['c1', 'c2', HOST]) {
    expect(reach(lab, from, { address: OUTSIDE[4].outside, port: 8080 })).toBe('outside 192.0.2.2');
    expect(reach(lab, from, { address: OUTSIDE[6].outside, port: 8080 })).toBe('outside 2001:db8::2');
  }
});

test('other ports of the host are still its own', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', tcpAndUdp);
  await lab.serve(HOST, 9000);
  for (const address of [V4, V6]) {
    expect(reach(lab, OUTSIDE.name, { address, port: 9000 })).toMatch(/^host /);
    expect(reach(lab, 'c1', { address, port: 9000 })).toMatch(/^host /);
  }
});

test('a port ends with its container, and another container can have it', async ({ lab, cni }) => {
  lab.addOutside();
  const service: Service = { address: V4, port: 8080 };
  cni.add('c1', tcpAndUdp);
  await lab.serve('c1', 80);
  expect(reach(lab, OUTSIDE.name, service)).toMatch(/^c1 /);
  cni.del('c1', tcpAndUdp);
  expect(isSilent(lab, OUTSIDE.name, service)).toBe(true);
  cni.add('c2', tcpAndUdp);
  await lab.serve('c2', 80);
  expect(reach(lab, OUTSIDE.name, service)).toMatch(/^c2 /);
});

test('on a bridge that was there, loopback is closed again with the last published port', ({
  lab,
  cni,
  ownLinks,
}) => {
  lab.shell(HOST, 'ip link add cni0 type bridge; ip link set cni0 up');
  ownLinks.push('cni0');
  const isOpen = (): boolean[] => [
    sysctlOf(lab, HOST, 'ipv4/conf/cni0/route_localnet') === '1',
    routesOf(lab, HOST, 6, 'local').some(({ dst, dev }) => dst === '::1' && dev === 'cni0'),
  ];
  const other = portsConfig([{ hostPort: 8081, containerPort: 80, protocol: 'tcp' }]);
  cni.add('c1', tcpAndUdp);
  cni.add('c2', other);
  expect(isOpen()).toEqual([true, true]);
  cni.del('c1', tcpAndUdp);
  expect(isOpen()).toEqual([true, true]);
  cni.del('c2', other);
  expect(isOpen()).toEqual([false, false]);
});

test('the pair of a container with published ports may send back where it came from', ({ lab, cni }) => {
  const { interfaces = [] } = cni.add('c1', tcpAndUdp);
  const link = linkOf(lab, HOST, interfaces[1]?.name ?? '');
  expect(link.linkinfo?.info_slave_data?.hairpin).toBe(true);
});

test('1,000 published ports: 1,000 elements, which go with their container', async ({ lab, cni }) => {
  const mappings = Array.from({ length: 1000 }, (_, at) => ({
    hostPort: 20_000 + at,
    containerPort: 80,
    protocol: 'tcp',
    hostIP: '0.0.0.0',
  }));
  const config = portsConfig(mappings);
  cni.add('c2', tcpAndUdp);
  cni.add('c1', config);
  expect(elementsOf(lab)['any_ports4']).toHaveLength(1002);
  expect(readStore(lab).port).toHaveLength(1004);
  await lab.serve('c1', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 20_000 })).toMatch(/^c1 /);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 20_999 })).toMatch(/^c1 /);
  cni.del('c1', config);
  expect(elementsOf(lab)['any_ports4']).toHaveLength(2);
  expect(readStore(lab).port).toHaveLength(4);
});
