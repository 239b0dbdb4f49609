// Mode bridge: the bridge, the pair, addresses, routes, masquerade, with real packets.
import { expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { addressesOf, linkOf, linksOf, routesOf, sysctlOf } from './look.ts';
import { ping, reach } from './reach.ts';
import { readStore } from './store.ts';

const config = bridgeConfig();

test('makes the bridge with name, gateway addresses and mtu', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig({ mtu: 1400 }));
  expect(linkOf(lab, HOST, 'cni0')).toMatchObject({
    linkinfo: { info_kind: 'bridge' },
    mtu: 1400,
    ifalias: 'tsnet bridge',
    flags: expect.arrayContaining(['UP']) as string[],
  });
  expect(addressesOf(lab, HOST, 'cni0', true)).toEqual([
    '10.1.0.1/24',
    'fd00:1::1/64',
    expect.stringMatching(/^fe80::[0-9a-f:]+\/64$/),
  ]);
  expect(linkOf(lab, 'c1', 'eth0').mtu).toBe(1400);
  expect(sysctlOf(lab, HOST, 'ipv6/conf/cni0/accept_ra')).toBe('0');
});

test('the MAC of the bridge stays while containers come and go', ({ lab, cni }) => {
  cni.add('c1', config);
  const { address } = linkOf(lab, HOST, 'cni0');
  // An IPv6-only container has a MAC of another kind; with it goes the kernel's reason to keep the lowest one.
  for (const name of ['c2', 'c3']) {
    cni.add(name, bridgeConfig({ runtimeConfig: { mac: '00:00:5e:00:53:01' } }));
    expect(linkOf(lab, HOST, 'cni0').address).toBe(address);
    cni.del(name, config);
    expect(linkOf(lab, HOST, 'cni0').address).toBe(address);
  }
});

test('uses a bridge that is there, and leaves it', ({ lab, cni, ownLinks }) => {
  lab.shell(HOST, 'ip link add cni0 type bridge; ip link set cni0 up; ip address add 10.1.0.1/24 dev cni0');
  ownLinks.push('cni0');
  cni.add('c1', config);
  expect(addressesOf(lab, HOST, 'cni0')).toEqual(['10.1.0.1/24', 'fd00:1::1/64']);
  expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
  cni.del('c1', config);
  expect(linkOf(lab, HOST, 'cni0').linkinfo?.info_kind).toBe('bridge');
});

test('the pair: one end in the bridge, the other in the sandbox with addresses and default routes', ({
  lab,
  cni,
}) => {
  const result = cni.add('c1', config);
  const [bridge, hostEnd] = linksOf(lab, HOST).filter(({ ifname }) => ifname !== 'lo');
  expect(bridge?.ifname).toBe('cni0');
  const end = {
    linkinfo: { info_kind: 'veth' },
    flags: expect.arrayContaining(['UP', 'LOWER_UP']) as string[],
    num_tx_queues: 1,
    num_rx_queues: 1,
  };
  expect(hostEnd).toMatchObject({ master: 'cni0', ifalias: 'net/c1/eth0', ...end });
  const inside = linkOf(lab, 'c1', 'eth0');
  expect(inside).toMatchObject(end);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  expect(routesOf(lab, 'c1', 4)).toContainEqual(
    expect.objectContaining({ dst: 'default', gateway: '10.1.0.1', dev: 'eth0' }),
  );
  expect(routesOf(lab, 'c1', 6)).toContainEqual(
    expect.objectContaining({ dst: 'default', gateway: 'fd00:1::1', dev: 'eth0' }),
  );
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [
      { name: 'cni0', mac: bridge?.address, mtu: 1500 },
      { name: hostEnd?.ifname, mac: hostEnd?.address, mtu: 1500 },
      { name: 'eth0', mac: inside.address, mtu: 1500, sandbox: '/run/netns/c1' },
    ],
    ips: [
      { interface: 2, address: '10.1.0.2/24', gateway: '10.1.0.1' },
      { interface: 2, address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.1.0.1' },
      { dst: '::/0', gw: 'fd00:1::1' },
    ],
  });
});

test('the lease is on record for its endpoint', ({ lab, cni }) => {
  cni.add('c1', config);
  const { endpoint, lease } = readStore(lab);
  expect(endpoint).toMatchObject([
    { network: 'net', container: 'c1', ifname: 'eth0', mode: 'bridge', state: 'ready', bridge: 'cni0' },
  ]);
  const addresses = lease.map((row) => [...(row['address'] as Uint8Array)].join('.'));
  expect(addresses).toContain('10.1.0.2');
  expect(lease.map((row) => row['endpoint'])).toEqual([endpoint[0]?.['id'], endpoint[0]?.['id']]);
});

test('the MAC is the one asked for', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig({ runtimeConfig: { mac: '02:00:5e:00:53:07' } }));
  expect(linkOf(lab, 'c1', 'eth0').address).toBe('02:00:5e:00:53:07');
});

test('two interfaces of one container on two networks', ({ lab, cni }) => {
  const second = bridgeConfig({
    name: 'second',
    bridge: 'cni1',
    isDefaultGateway: false,
    isGateway: true,
    ipam: { type: 'host-local', subnet: '10.2.0.0/24' },
  });
  cni.add('c1', config);
  cni.add('c1', second, { ifname: 'eth1' });
  expect(addressesOf(lab, 'c1')).toEqual(['10.1.0.2/24', 'fd00:1::2/64', '10.2.0.2/24']);
  cni.del('c1', second, { ifname: 'eth1' });
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
});

test('two networks that both lead everywhere: the one attached last comes first, and both are whole', ({
  lab,
  cni,
}) => {
  const ranges = [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]];
  const second = bridgeConfig({ name: 'second', bridge: 'cni1', ipam: { type: 'host-local', ranges } });
  const eth1 = { ifname: 'eth1' };
  const ways = (family: 4 | 6): unknown[] =>
    routesOf(lab, 'c1', family)
      .filter(({ dst }) => dst === 'default')
      .flatMap(({ nexthops, gateway }) => nexthops?.map((one) => one.gateway) ?? [gateway]);
  cni.add('c1', config);
  cni.add('c1', second, eth1);
  expect(ways(4)).toEqual(['10.2.0.1', '10.1.0.1']);
  expect(new Set(ways(6))).toEqual(new Set(['fd00:1::1', 'fd00:2::1']));
  expect(cni.call('CHECK', 'c1', config).status).toBe(0);
  expect(cni.call('CHECK', 'c1', second, eth1).status).toBe(0);
  cni.del('c1', second, eth1);
  expect([ways(4), ways(6)]).toEqual([['10.1.0.1'], ['fd00:1::1']]);
  expect(cni.call('CHECK', 'c1', config).status).toBe(0);
});

test('a container on an IPv4-only network has no IPv6 at all', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig({ ipam: { type: 'host-local', subnet: '10.1.0.0/24' } }));
  expect(addressesOf(lab, 'c1', 'eth0', true)).toEqual(['10.1.0.2/24']);
  expect(addressesOf(lab, HOST, 'cni0', true)).toEqual(['10.1.0.1/24']);
});

test('a container does not listen to router advertisements or redirects', ({ lab, cni }) => {
  cni.add('c1', config);
  const settings = [
    'ipv6/conf/eth0/accept_ra',
    'ipv6/conf/eth0/accept_redirects',
    'ipv4/conf/eth0/accept_redirects',
  ];
  expect(settings.map((path) => sysctlOf(lab, 'c1', path))).toEqual(['0', '0', '0']);
});

test('switches forwarding on, for the families of the network', ({ lab, cni }) => {
  const forwarding = (): string[] =>
    ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'].map((path) => sysctlOf(lab, HOST, path));
  lab.shell(HOST, 'echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding');
  cni.add('c1', bridgeConfig({ ipam: { type: 'host-local', subnet: '10.1.0.0/24' } }));
  expect(forwarding()).toEqual(['1', '0']);
  cni.add('c2', config);
  expect(forwarding()).toEqual(['1', '1']);
});

test('packets pass between containers, host and outside', ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', config);
  cni.add('c2', config);
  for (const address of ['10.1.0.1', 'fd00:1::1', '10.1.0.3', 'fd00:1::3', '192.0.2.1', '2001:db8::1']) {
    expect([address, ping(lab, 'c1', address)]).toEqual([address, true]);
  }
  expect(ping(lab, HOST, '10.1.0.2')).toBe(true);
  expect(ping(lab, HOST, 'fd00:1::2')).toBe(true);
});

test('outside sees the address of the host, a neighbour the container itself', async ({ lab, cni }) => {
  lab.addOutside();
  cni.add('c1', config);
  cni.add('c2', config);
  await lab.serve(OUTSIDE.name, 7000);
  await lab.serve('c2', 7000);
  expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000 })).toBe('outside 192.0.2.2');
  expect(reach(lab, 'c1', { address: OUTSIDE[6].outside, port: 7000 })).toBe('outside 2001:db8::2');
  expect(reach(lab, 'c1', { address: '10.1.0.3', port: 7000 })).toBe('c2 10.1.0.2');
  expect(reach(lab, 'c1', { address: 'fd00:1::3', port: 7000 })).toBe('c2 fd00:1::2');
  expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000, protocol: 'udp' })).toBe(
    'outside 192.0.2.2',
  );
});

test('without ipMasq outside sees the container itself', async ({ lab, cni }) => {
  lab.addOutside();
  lab.shell(
    OUTSIDE.name,
    'ip route add 10.1.0.0/24 via 192.0.2.2; ip -6 route add fd00:1::/64 via 2001:db8::2',
  );
  cni.add('c1', bridgeConfig({ ipMasq: false }));
  await lab.serve(OUTSIDE.name, 7000);
  expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000 })).toBe('outside 10.1.0.2');
  expect(reach(lab, 'c1', { address: OUTSIDE[6].outside, port: 7000 })).toBe('outside fd00:1::2');
});

test('multicast is not masqueraded', ({ lab, cni }) => {
  cni.add('c1', config);
  const rules = lab.exec(HOST, ['nft', 'list', 'chain', 'inet', 'tsnet', 'postrouting']).split('\n');
  const masquerading = rules.filter((rule) => /saddr @masquerade\d/.test(rule));
  expect(masquerading).toHaveLength(2);
  expect(masquerading[0]).toContain('ip daddr != 224.0.0.0/4 ip saddr . ip daddr != @direct4 masquerade');
  expect(masquerading[1]).toContain('ip6 daddr != ff00::/8 ip6 saddr . ip6 daddr != @direct6 masquerade');
});

test('a bridge without addresses: containers reach each other on it, by themselves', ({ lab, cni }) => {
  const plain = { cniVersion: '1.1.0', name: 'plain', type: 'bridge', bridge: 'br9' };
  cni.add('c1', plain);
  cni.add('c2', plain);
  lab.shell('c1', 'ip address add 10.9.0.1/24 dev eth0');
  lab.shell('c2', 'ip address add 10.9.0.2/24 dev eth0');
  expect(ping(lab, 'c1', '10.9.0.2')).toBe(true);
  expect(addressesOf(lab, HOST, 'br9')).toEqual([]);
});
