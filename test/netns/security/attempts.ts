// What a neighbour on the LAN and a container try on a host that publishes ports of another container.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { HOST, OUTSIDE } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { answers, isSilent, reach } from '../reach.ts';
import type { Service } from '../reach.ts';
import { C1, GATEWAY, LAN } from './triangle.ts';
import type { Door, Port, Wish } from './triangle.ts';

/** Of c1: a port for everybody, one for the host alone; 90 is not published. */
const published: readonly Port[] = [
  { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostPort: 8080, containerPort: 80, protocol: 'udp' },
  { hostPort: 8081, containerPort: 81, protocol: 'tcp', hostIP: '127.0.0.1' },
  { hostPort: 8081, containerPort: 81, protocol: 'udp', hostIP: '127.0.0.1' },
];

const UNPUBLISHED = 90;
const HOST_ONLY = 9000;

/** Lets packets to 127.0.0.0/8 leave a namespace by its eth0, and answers come back. */
export function sendLoopbackAway(lab: Lab, from: string, gateway: string): void {
  lab.shell(
    from,
    `ip link set lo up
     echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet
     ip address del 127.0.0.1/8 dev lo || true
     ip route flush table local 127.0.0.0/8
     ip route replace 127.0.0.0/8 via ${gateway} dev eth0`,
  );
}

/** Lets the neighbour on the LAN route the containers' subnets by the host. */
function routeToContainers(lab: Lab): void {
  const { 4: v4, 6: v6 } = OUTSIDE;
  lab.shell(
    LAN,
    `ip route replace 10.1.0.0/24 via ${v4.host}; ip -6 route replace fd00:1::/64 via ${v6.host}`,
  );
}

/** Attaches c1 with its ports and c2, with servers in c1, on the LAN, and on the host's loopback. */
export async function occupy(lab: Lab, door: Door, wish: Wish = {}): Promise<void> {
  await door.add('c1', { ...wish, ports: published });
  await door.add('c2', wish);
  await Promise.all([
    ...[80, 81, UNPUBLISHED].map((port) => lab.serve('c1', port)),
    lab.serve(LAN, 8080, 'lan'),
    lab.serve(HOST, HOST_ONLY, 'host', '127.0.0.1'),
  ]);
  routeToContainers(lab);
  // By itself the kernel drops packets to 127.0.0.0/8 that come in by the uplink; some administrators switch that off.
  lab.shell(HOST, 'echo 1 > /proc/sys/net/ipv4/conf/up0/route_localnet');
  sendLoopbackAway(lab, LAN, OUTSIDE[4].host);
  sendLoopbackAway(lab, 'c2', GATEWAY[4]);
  await untilReached(lab);
}

// The reference's containers have to find out first whether their IPv6 addresses are theirs alone.
async function untilReached(lab: Lab): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (!isSilent(lab, HOST, { address: C1[6], port: UNPUBLISHED })) return;
    await sleep(50);
  }
  throw new Error('c1 does not answer');
}

/** Puts the uplink back as it was. */
export function leave(lab: Lab): void {
  lab.shell(HOST, 'echo 0 > /proc/sys/net/ipv4/conf/up0/route_localnet');
}

const calls: Readonly<Record<string, [string, Service]>> = {
  "c2 calls a service on the host's loopback": ['c2', { address: '127.0.0.1', port: HOST_ONLY }],
  'the same, over udp': ['c2', { address: '127.0.0.1', port: HOST_ONLY, protocol: 'udp' }],
  "the LAN calls a service on the host's loopback": [LAN, { address: '127.0.0.1', port: HOST_ONLY }],
  'c2 calls a port published on the loopback': ['c2', { address: '127.0.0.1', port: 8081 }],
  'the LAN calls a port published on the loopback': [LAN, { address: '127.0.0.1', port: 8081 }],
  'the LAN calls it over udp': [LAN, { address: '127.0.0.1', port: 8081, protocol: 'udp' }],
  'the LAN routes to a port that is not published': [LAN, { address: C1[4], port: UNPUBLISHED }],
  'the LAN routes to it over udp': [LAN, { address: C1[4], port: UNPUBLISHED, protocol: 'udp' }],
  'the LAN routes to it over IPv6': [LAN, { address: C1[6], port: UNPUBLISHED }],
  'the LAN routes past the address that a port is published on': [LAN, { address: C1[4], port: 81 }],
  'the LAN routes to a published port': [LAN, { address: C1[4], port: 80 }],
};

/** All that is tried. */
export const attempts = Object.keys(calls);

/** Those of the calls that get an answer, all made at once: of tsnet, none may. Of those expected to, it is waited for. */
export async function successes(lab: Lab, expected: readonly string[] = []): Promise<string[]> {
  const outcomes = await Promise.all(
    Object.entries(calls).map(async ([call, [from, service]]) =>
      (await answers(lab, from, service, expected.includes(call))) ? [call] : [],
    ),
  );
  return outcomes.flat();
}

/** What has to work in spite of all that keeps the others out. */
export function expectService(lab: Lab): void {
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    const lan = { address: outside, port: 8080 };
    for (const protocol of ['tcp', 'udp'] as const)
      expect(reach(lab, LAN, { address: host, port: 8080, protocol })).toBe(`c1 ${outside}`);
    // The port is published here; this is another machine's.
    for (const from of [HOST, 'c1', 'c2']) expect(reach(lab, from, lan)).toBe(`lan ${host}`);
    expect(reach(lab, 'c2', { address: C1[family], port: UNPUBLISHED })).toMatch(/^c1 /);
    expect(reach(lab, HOST, { address: C1[family], port: UNPUBLISHED })).toMatch(/^c1 /);
    for (const from of ['c1', 'c2']) expect(reach(lab, from, { address: host, port: 8080 })).toMatch(/^c1 /);
  }
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toMatch(/^c1 /);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081 })).toMatch(/^c1 /);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081, protocol: 'udp' })).toMatch(/^c1 /);
}
