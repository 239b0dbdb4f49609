// Modes none, host and container.
import { expect } from 'vitest';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { addressesOf, elementsOf, linkOf, linksOf, routesOf, tablesOf } from './look.ts';
import { ping, reach } from './reach.ts';
import { readStore } from './store.ts';

const none = { cniVersion: '1.1.0', name: 'alone', type: 'none' };
const host = { cniVersion: '1.1.0', name: 'open', type: 'host' };
const sharing = (container: string) => ({
  cniVersion: '1.1.0',
  name: 'shared',
  type: 'container',
  container,
});
const config = bridgeConfig();

test('none: loopback is up, nothing else is there', ({ lab, cni }) => {
  const result = cni.add('c1', none);
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'lo', mac: '00:00:00:00:00:00', mtu: 65536, sandbox: '/run/netns/c1' }],
    ips: [
      { interface: 0, address: '127.0.0.1/8' },
      { interface: 0, address: '::1/128' },
    ],
  });
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(ping(lab, 'c1', '127.0.0.1')).toBe(true);
  expect(ping(lab, 'c1', '::1')).toBe(true);
  expect([...routesOf(lab, 'c1', 4), ...routesOf(lab, 'c1', 6)]).toEqual([]);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(tablesOf(lab)).toEqual([]);
});

test('none: CHECK tells when loopback is down', ({ lab, cni }) => {
  cni.add('c1', none);
  expect(cni.call('CHECK', 'c1', none)).toMatchObject({ status: 0, stdout: '' });
  lab.shell('c1', 'ip link set lo down');
  expect(cni.fail('CHECK', 'c1', none)).toMatchObject({
    code: 105,
    msg: 'endpoint alone/c1/eth0: loopback is down',
  });
});

test("host: makes nothing and tells the host's interfaces and addresses", ({ lab, cni }) => {
  lab.addOutside();
  const result = cni.add('c1', host, { netns: '/proc/self/ns/net' });
  const { address } = linkOf(lab, HOST, 'up0');
  expect(result).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'up0', mac: address, mtu: 1500 }],
    ips: [
      { interface: 0, address: '192.0.2.2/24' },
      { interface: 0, address: '2001:db8::2/64' },
    ],
  });
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo', 'up0']);
  expect(tablesOf(lab)).toEqual([]);
  expect(cni.call('CHECK', 'c1', host, { netns: '/proc/self/ns/net' })).toMatchObject({ status: 0 });
});

test("host: a namespace that is not the host's is refused", ({ lab, cni }) => {
  const netns = lab.container('c1');
  const { code, msg } = cni.fail('ADD', 'c1', host);
  expect(code).toBe(8);
  expect(msg).toBe(`network namespace "${netns}" is not the host's: mode host needs the host's own`);
});

test("container: shares the sandbox and tells its owner's network", async ({ lab, cni }) => {
  const owned = cni.add('c1', config);
  const shared = cni.add('c2', sharing('c1'), { netns: '/run/netns/c1' });
  expect(shared).toEqual(owned);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
  await lab.serve('c1', 80);
  expect(reach(lab, HOST, { address: '10.1.0.2', port: 80 })).toBe('c1 10.1.0.1');
  const options = { netns: '/run/netns/c1' };
  expect(cni.call('CHECK', 'c2', sharing('c1'), options)).toMatchObject({ status: 0 });
});

test('container: tells all networks of its owner', ({ cni }) => {
  const second = bridgeConfig({
    name: 'second',
    bridge: 'cni1',
    isDefaultGateway: false,
    isGateway: true,
    ipam: { type: 'host-local', subnet: '10.2.0.0/24' },
  });
  cni.add('c1', config);
  cni.add('c1', second, { ifname: 'eth1' });
  const { interfaces = [], ips = [] } = cni.add('c2', sharing('c1'), { netns: '/run/netns/c1' });
  const named = ips.map(({ address, interface: at = -1 }) => `${interfaces[at]?.name ?? ''} ${address}`);
  expect(named).toEqual(['eth0 10.1.0.2/24', 'eth0 fd00:1::2/64', 'eth1 10.2.0.2/24']);
});

test("container: a namespace that is not the owner's is refused", ({ lab, cni }) => {
  cni.add('c1', config);
  lab.container('c2');
  const { code, msg } = cni.fail('ADD', 'c2', sharing('c1'));
  expect(code).toBe(8);
  expect(msg).toBe(
    'network namespace "/run/netns/c2" is not the sandbox of container "c1", which is "/run/netns/c1"',
  );
  expect(readStore(lab).endpoint).toHaveLength(1);
});

test('container: an owner that is not there is refused', ({ lab, cni }) => {
  lab.container('c2');
  const { code, msg } = cni.fail('ADD', 'c2', sharing('nobody'));
  expect(code).toBe(7);
  expect(msg).toContain('container "nobody"');
});

test('container: when the owner goes first, the network stays until the last one has gone', async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  const published = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);
  const options = { netns: '/run/netns/c1' };
  cni.add('c1', published);
  cni.add('c2', sharing('c1'), options);
  cni.add('c3', sharing('c1'), options);
  await lab.serve('c1', 80);
  cni.del('c1', published);
  cni.del('c2', sharing('c1'), options);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  expect(reach(lab, OUTSIDE.name, { address: '192.0.2.2', port: 8080 })).toBe('c1 192.0.2.1');
  expect(cni.call('CHECK', 'c3', sharing('c1'), options)).toMatchObject({ status: 0 });
  cni.del('c3', sharing('c1'), options);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(tablesOf(lab)).toEqual([]);
  expect(readStore(lab).endpoint).toEqual([]);
});

test('container: the rules of an owner that has gone are built again, too', ({ lab, cni }) => {
  const options = { netns: '/run/netns/c1' };
  cni.add('c1', config);
  cni.add('c2', sharing('c1'), options);
  cni.del('c1', config);
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  cni.add('c4', config);
  expect(elementsOf(lab)['masquerade4']).toHaveLength(2);
});

test('container: who shares with one who shares keeps the network, too', ({ lab, cni }) => {
  const options = { netns: '/run/netns/c1' };
  const owned = cni.add('c1', config);
  cni.add('c2', sharing('c1'), options);
  expect(cni.add('c3', sharing('c2'), options)).toEqual(owned);
  cni.del('c2', sharing('c1'), options);
  cni.del('c1', config);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  cni.del('c3', sharing('c2'), options);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});
