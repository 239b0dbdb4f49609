// Networks as others write them, unchanged, on our plugins.
import { expect } from 'vitest';
import { test } from '../netns/fixture.ts';
import { findLeftovers } from '../netns/leftovers.ts';
import { HOST, OUTSIDE } from '../netns/lab.ts';
import { addressesOf, linkOf, routesOf } from '../netns/look.ts';
import { isSilent, reach } from '../netns/reach.ts';
import { readStore } from '../netns/store.ts';
import { containerdNet, flannelDelegate, nerdctlNetwork } from './conflists.ts';
import { Network, whyNoNetwork } from './libcni.ts';

const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '' }];

test("containerd's own: both families, the routes it names, ports, and a bridge that hears all", async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  const network = new Network(cni, containerdNet);
  const result = network.add('c1', { capabilities: { portMappings } });
  expect(result.ips?.map(({ address, gateway }) => [address, gateway])).toEqual([
    ['10.88.0.2/16', '10.88.0.1'],
    ['2001:4860:4860::2/64', '2001:4860:4860::1'],
  ]);
  expect(linkOf(lab, HOST, 'cni0').flags).toContain('PROMISC');
  for (const [family, gateway] of [[4, '10.88.0.1'] as const, [6, '2001:4860:4860::1'] as const])
    expect(routesOf(lab, 'c1', family)).toContainEqual(expect.objectContaining({ dst: 'default', gateway }));
  network.check('c1');
  await lab.serve('c1', 80);
  await lab.serve(OUTSIDE.name, 80);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(`c1 ${OUTSIDE[4].outside}`);
  for (const family of [4, 6] as const)
    expect(reach(lab, 'c1', { address: OUTSIDE[family].outside, port: 80 })).toBe(
      `${OUTSIDE.name} ${OUTSIDE[family].host}`,
    );
  network.del('c1');
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

test("nerdctl's: neighbours see each other, other networks do not, ports answer", async ({
  lab,
  cni,
  skip,
}) => {
  const list = nerdctlNetwork('bridge', 'nerdctl0', '10.4.0.0/24', '10.4.0.1');
  const obstacle = whyNoNetwork(list);
  if (obstacle !== undefined) skip(obstacle);
  lab.addOutside();
  const network = new Network(cni, list);
  const other = new Network(cni, nerdctlNetwork('other', 'br-0123456789ab', '10.4.1.0/24', '10.4.1.1'));
  network.add('c1', { capabilities: { portMappings } });
  network.add('c2');
  other.add('c3');
  network.check('c1');
  for (const name of ['c1', 'c3', OUTSIDE.name]) await lab.serve(name, 80);
  expect(reach(lab, 'c2', { address: '10.4.0.2', port: 80 })).toBe('c1 10.4.0.3');
  expect(isSilent(lab, 'c3', { address: '10.4.0.2', port: 80 })).toBe(true);
  expect(isSilent(lab, 'c2', { address: '10.4.1.2', port: 80 })).toBe(true);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(`c1 ${OUTSIDE[4].outside}`);
  expect(reach(lab, 'c3', { address: OUTSIDE[4].outside, port: 80 })).toBe(
    `${OUTSIDE.name} ${OUTSIDE[4].host}`,
  );
  for (const name of ['c1', 'c2']) network.del(name);
  other.del('c3');
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

test("flannel's delegate: MTU, gateway and the cluster's routes; DEL with what flannel kept", async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  const env = { CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web' };
  const result = cni.add('c1', flannelDelegate, { env });
  expect(result).toMatchObject({ cniVersion: '0.3.1' });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.244.0.2/24', 'fd00:244::2/64']);
  expect(linkOf(lab, 'c1', 'eth0').mtu).toBe(1450);
  expect(addressesOf(lab, HOST, 'cni0')).toEqual(['10.244.0.1/24', 'fd00:244::1/64']);
  for (const route of [
    { dst: 'default', gateway: '10.244.0.1' },
    { dst: '10.244.0.0/16', gateway: '10.244.0.1' },
  ])
    expect(routesOf(lab, 'c1', 4)).toContainEqual(expect.objectContaining(route));
  expect(routesOf(lab, 'c1', 6)).toContainEqual(
    expect.objectContaining({ dst: 'fd00:244::/56', gateway: 'fd00:244::1' }),
  );
  const portmap = {
    cniVersion: '0.3.1',
    name: 'cbr0',
    type: 'portmap',
    capabilities: { portMappings: true },
    runtimeConfig: { portMappings },
  };
  cni.add('c1', { ...portmap, prevResult: result }, { env });
  await lab.serve('c1', 80);
  // flannel does the masquerade itself, so nobody translates twice.
  lab.exec(OUTSIDE.name, ['ip', 'route', 'add', '10.244.0.0/24', 'via', OUTSIDE[4].host]);
  await lab.serve(OUTSIDE.name, 80);
  expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 80 })).toBe(`${OUTSIDE.name} 10.244.0.2`);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(`c1 ${OUTSIDE[4].outside}`);
  expect(reach(lab, 'c1', { address: '10.244.0.1', port: 8080 })).toMatch(/^c1 /);
  cni.del('c1', portmap, { env, netns: '' });
  cni.del('c1', flannelDelegate, { env, netns: '' });
  expect(readStore(lab).endpoint).toEqual([]);
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});
