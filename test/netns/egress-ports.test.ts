// Policies and published ports: a port is called at an address of the host, so the policy for that address decides.
import { expect } from 'vitest';
import { expectOnly, PLACES, test } from './egress-lab.ts';
import { bridgeConfig } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { answering, reach } from './reach.ts';

const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
const published = { runtimeConfig: { portMappings }, capabilities: { portMappings: true } };
const addresses = ['10.1.0.1', 'fd00:1::1', OUTSIDE[4].host, '9.9.9.2', OUTSIDE[6].host];

/** The addresses at which the published port is reached. */
async function reachedAt(lab: Lab, from: string): Promise<string[]> {
  const services = addresses.map((address) => ({ address, port: 8080 }));
  return (await answering(lab, from, services)).map(({ address }) => address);
}

/** What a member of the network gets to, which has published the port, and what another network's does. */
test.for<[string, unknown, string[]]>([
  ['without a policy', undefined, addresses],
  ['internet', 'internet', []],
  ['none', 'none', []],
  ['local', 'local', ['10.1.0.1', 'fd00:1::1']],
  [
    'a list',
    [
      { cidr: `${OUTSIDE[4].host}/32`, ports: ['8080/tcp'] },
      { cidr: '10.1.0.0/24', ports: ['80/tcp'] },
    ],
    [OUTSIDE[4].host],
  ],
])('%s', async ([, egress, right], { lab, cni }) => {
  const policy = egress === undefined ? {} : { egress };
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] };
  const other = bridgeConfig({ name: 'other', bridge: 'cni1', ipam, ...policy });
  cni.add('web', bridgeConfig({ ...policy, ...published }));
  cni.add('c2', bridgeConfig(policy));
  cni.add('far', other);
  await lab.serve('web', 80);
  expect(await reachedAt(lab, 'c2')).toEqual(right);
  expect(await reachedAt(lab, 'far')).toEqual(right);
  for (const host of [OUTSIDE[4].host, OUTSIDE[6].host])
    expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toMatch(/^web /);
});

test('where bridged packets pass the tables, members reach each other all the same', async ({
  lab,
  cni,
  skip,
}) => {
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (lab.attempt(HOST, ['test', '-e', setting]).status !== 0) skip('there is no br_netfilter');
  lab.shell(HOST, `echo 1 > ${setting}; echo 1 > /proc/sys/net/bridge/bridge-nf-call-ip6tables`);
  cni.add('c1', bridgeConfig({ egress: 'internet' }));
  cni.add('c2', bridgeConfig({ egress: 'internet' }));
  await lab.serve('c1', 80);
  for (const address of ['10.1.0.2', 'fd00:1::2'])
    expect(reach(lab, 'c2', { address, port: 80 })).toMatch(/^c1 /);
  expectOnly(lab, 'c2', [...PLACES.public, PLACES.translated[0]]);
});
