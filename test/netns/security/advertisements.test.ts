// Router advertisements and redirects that a container, or somebody on the LAN, sends without being a router.
import { afterAll, describe, expect, vi } from 'vitest';
import {
  ethernet,
  ETHERTYPE,
  icmpRedirect,
  ICMPV6,
  icmpv6,
  ipv4,
  ipv6,
  PROTOCOL,
  routerAdvertisement,
} from '../frames.ts';
import { HOST, OUTSIDE } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { addressesOf, linkOf, routesOf } from '../look.ts';
import { RawFrames, whyNoFrames } from '../raw.ts';
import { ping } from '../reach.ts';
import { C1, C2, doors, GATEWAY, LAN, test as base } from './triangle.ts';

// Who gets no answer waits for it, and on a busy machine all the rest takes longer.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const ROGUE = 'fe80::bad';
const PREFIX = '2001:db8:bad::';

const ALL_NODES = { ip: 'ff02::1', mac: '33:33:00:00:00:01' };

const reason = whyNoFrames();
const raw = reason === undefined ? new RawFrames() : undefined;
afterAll(() => {
  raw?.[Symbol.dispose]();
});

const test = base.extend<{ attacker: undefined }>({
  attacker: [
    async ({ skip }, use) => {
      if (reason !== undefined) skip(reason);
      await use(undefined);
    },
    { auto: true },
  ],
});

/** Makes a namespace that believes all that it is told, unless somebody sees to it that it does not. */
function makeCredulous(lab: Lab, where: string): void {
  if (where !== HOST) lab.container(where);
  lab.shell(
    where,
    `cd /proc/sys/net
     for place in all default; do
       echo 2 > ipv6/conf/$place/accept_ra
       echo 1 > ipv6/conf/$place/accept_redirects
       echo 1 > ipv4/conf/$place/accept_redirects
     done`,
  );
}

function macOf(lab: Lab, where: string, ifname = 'eth0'): string {
  return linkOf(lab, where, ifname).address;
}

/** Sends router advertisements from a place to all its neighbours. */
function advertise(lab: Lab, from: string): void {
  const mac = macOf(lab, from);
  const { ip } = ALL_NODES;
  const message = icmpv6(ROGUE, ip, ICMPV6.ROUTER, routerAdvertisement(mac, PREFIX));
  const packet = ipv6(ROGUE, ip, PROTOCOL.ICMPV6, message);
  raw?.send(lab, from, [ethernet(ALL_NODES.mac, mac, ETHERTYPE.IPV6, packet)]);
}

/** What a place has believed: addresses of the rogue's prefix, routes by the rogue. */
function believed(lab: Lab, where: string): string[] {
  const routes = routesOf(lab, where, 6).filter(
    ({ gateway, dst }) => gateway === ROGUE || dst.startsWith(PREFIX),
  );
  return [
    ...addressesOf(lab, where).filter((address) => address.startsWith('2001:db8:bad:')),
    ...routes.map(({ dst }) => `route to ${dst}`),
  ];
}

/** Sends c1 a redirect, as if from the gateway, for an address on the LAN to c2; gives the way that c1 then takes. */
function redirected(lab: Lab): string | undefined {
  const destination = OUTSIDE[4].outside;
  const message = icmpRedirect(C1[4], destination, C2[4]);
  const packet = ipv4(GATEWAY[4], C1[4], PROTOCOL.ICMP, message);
  // c1 has to know both routers, and the way, before it can be told of another.
  ping(lab, 'c1', C2[4]);
  ping(lab, 'c1', destination);
  raw?.send(lab, 'c2', [ethernet(macOf(lab, 'c1'), macOf(lab, 'c2'), ETHERTYPE.IPV4, packet)]);
  const [route] = JSON.parse(lab.exec('c1', ['ip', '-j', 'route', 'get', destination])) as {
    gateway?: string;
  }[];
  return route?.gateway;
}

const everything = [
  expect.stringMatching(`^${PREFIX.slice(0, -1)}`) as string,
  `route to ${PREFIX}/64`,
  'route to default',
];

for (const [name, make] of Object.entries(doors)) {
  test(`${name}: neither the host nor a neighbour takes a container for a router`, async ({ lab, open }) => {
    makeCredulous(lab, HOST);
    // tsnet run makes the namespaces itself.
    if (name !== 'tsnet run') for (const container of ['c1', 'c2']) makeCredulous(lab, container);
    const door = open(make);
    for (const container of ['c1', 'c2']) await door.add(container);
    advertise(lab, 'c2');
    expect(believed(lab, 'c1')).toEqual([]);
    expect(believed(lab, HOST)).toEqual([]);
    expect(redirected(lab)).toBe(GATEWAY[4]);
  });

  test(`${name}: a network of IPv4 has no IPv6, and takes no advertisements`, async ({ lab, open }) => {
    makeCredulous(lab, HOST);
    const door = open(make);
    for (const container of ['c1', 'c2']) await door.add(container, { isIpv4Only: true });
    expect(addressesOf(lab, 'c1', 'eth0', true)).toEqual([`${C1[4]}/24`]);
    advertise(lab, 'c2');
    expect(believed(lab, 'c1')).toEqual([]);
    expect(believed(lab, HOST)).toEqual([]);
  });
}

test('the reference: a neighbour takes a container for a router', async ({ lab, reference }) => {
  for (const container of ['c1', 'c2']) {
    makeCredulous(lab, container);
    await reference.add(container);
  }
  advertise(lab, 'c2');
  expect(believed(lab, 'c1')).toEqual(everything);
  expect(redirected(lab)).toBe(C2[4]);
});

test('the reference: a network of IPv4 has IPv6, and takes advertisements', async ({ lab, reference }) => {
  for (const container of ['c1', 'c2']) await reference.add(container, { isIpv4Only: true });
  expect(addressesOf(lab, 'c1', 'eth0', true)).toHaveLength(2);
  advertise(lab, 'c2');
  expect(believed(lab, 'c1')).toEqual(everything);
});

describe('the host', () => {
  test('would take advertisements if its bridge did', async ({ lab, open }) => {
    const door = open(doors['a chain of plugins']);
    for (const container of ['c1', 'c2']) await door.add(container);
    lab.shell(HOST, 'echo 2 > /proc/sys/net/ipv6/conf/cni0/accept_ra');
    advertise(lab, 'c2');
    expect(believed(lab, HOST)).toEqual(everything);
  });

  test('takes none by a bridge that was there before, either', async ({ lab, open, ownLinks }) => {
    ownLinks.push('cni0');
    makeCredulous(lab, HOST);
    lab.shell(HOST, 'ip link add cni0 type bridge; ip link set cni0 up');
    const door = open(doors['a chain of plugins']);
    for (const container of ['c1', 'c2']) await door.add(container, { isIpv4Only: true });
    advertise(lab, 'c2');
    expect(believed(lab, HOST)).toEqual([]);
  });

  test('takes none by its end of a pair', ({ lab, cni }) => {
    makeCredulous(lab, HOST);
    const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];
    cni.add('c2', {
      cniVersion: '1.1.0',
      name: 'net',
      type: 'ptp',
      ipMasq: true,
      ipam: { type: 'tsnet', ranges },
    });
    advertise(lab, 'c2');
    expect(believed(lab, HOST)).toEqual([]);
  });
});

describe('macvlan', () => {
  const config = (...subnets: string[]) => ({
    ...{ cniVersion: '1.1.0', name: 'net', type: 'macvlan', master: 'up0' },
    ipam: { type: 'tsnet', ranges: subnets.map((subnet) => [{ subnet }]) },
  });

  test('takes no advertisements of the LAN or of a neighbour; the host does not hear of the latter', ({
    lab,
    cni,
    skip,
  }) => {
    lab.addOutside();
    for (const where of [HOST, 'c1', 'c2', 'c3']) makeCredulous(lab, where);
    lab.shell(HOST, 'echo 2 > /proc/sys/net/ipv6/conf/up0/accept_ra');
    const probe = lab.attempt(HOST, ['ip', 'link', 'add', 'probe', 'link', 'up0', 'type', 'macvlan']);
    if (probe.status !== 0) skip('this kernel has no macvlan');
    lab.exec(HOST, ['ip', 'link', 'delete', 'probe']);
    for (const container of ['c1', 'c2']) cni.add(container, config('192.0.2.0/24', '2001:db8::/64'));
    cni.add('c3', { ...config('198.51.100.0/24'), name: 'ipv4' });
    expect(addressesOf(lab, 'c3', 'eth0', true)).toEqual(['198.51.100.2/24']);
    advertise(lab, 'c2');
    expect(believed(lab, HOST)).toEqual([]);
    advertise(lab, LAN);
    expect(believed(lab, HOST)).toEqual(everything);
    for (const container of ['c1', 'c3']) expect(believed(lab, container)).toEqual([]);
  });
});
