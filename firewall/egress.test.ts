import { expect, test } from 'vitest';
import { Cidr, InterfaceAddress, Ip } from '../address/index.ts';
import { commonElements, confinedElements, egressElements } from './egress.ts';
import type { Egress } from './egress-policy.ts';
import { keepEgress, readEgress, readPortRange } from './egress-policy.ts';

const [ipv4, ipv6] = [Ip.parse('10.1.0.2'), Ip.parse('fd00::2')];
const owner = 'net/one/eth0';

function elements(policy: Egress, ...subnets: string[]): [string, unknown][] {
  const intent = { policy, subnets: subnets.map((text) => InterfaceAddress.parse(text)) };
  return egressElements(intent, [ipv4, ipv6], 'br0', owner).map(([set, element]) => [set.name, element]);
}

test('each address leads to the chain of the policy', () => {
  expect(elements('internet')).toEqual([
    ['egress4', { key: [ipv4, 'br0'], verdict: { goto: 'egress_internet' }, owner }],
    ['egress6', { key: [ipv6, 'br0'], verdict: { goto: 'egress_internet' }, owner }],
  ]);
});

test('of a list each address gets what is of its family', () => {
  const cidr = Cidr.parse('10.0.0.0/8');
  const list = [{ cidr, ports: [readPortRange('80-90/tcp')] }];
  expect(elements(list)).toEqual([
    ['egress4', { key: [ipv4, 'br0'], verdict: { goto: 'egress_listed' }, owner }],
    ['egress6', { key: [ipv6, 'br0'], verdict: { goto: 'egress_listed' }, owner }],
    ['egress_listed4', { key: [ipv4, cidr.first, 6, 80], keyEnd: [ipv4, cidr.last, 6, 90], owner }],
  ]);
});

test('without a bridge the neighbours are those of the subnet', () => {
  const [first, last] = [Ip.parse('10.1.0.0'), Ip.parse('10.1.0.255')];
  expect(elements('none', '10.1.0.2/24')).toContainEqual([
    'egress_neighbours4',
    { key: [ipv4, first], keyEnd: [ipv4, last], owner },
  ]);
});

test('a device is confined while somebody behind it is', () => {
  expect(confinedElements([])).toEqual([]);
  expect(confinedElements(['br0']).map(({ set, elements: some }) => [set.name, some])).toEqual([
    ['confined', [{ key: ['br0'] }]],
    ['companions', [{ key: ['br0', 'br0'] }]],
  ]);
});

test("the host's networks are those that look public, and none within another of the same device", () => {
  const networks = [
    ['up0', '9.9.0.0/16'],
    ['up0', '9.9.9.0/24'],
    ['up0', '9.9.0.0/16'],
    ['up1', '9.9.9.0/24'],
    ['up0', '10.0.0.0/8'],
    ['lo', '::1/128'],
    ['up0', '2620:fe::/64'],
  ].map(([device = '', text = '']) => ({ device, cidr: Cidr.parse(text) }));
  const sets = commonElements({ internet: true, local: false }, networks);
  const keys = (name: string): string[] | undefined =>
    sets.find(({ set }) => set.name === name)?.elements.map(({ key }) => key.join(' '));
  expect(keys('host_networks4')).toEqual(['9.9.0.0 up0', '9.9.9.0 up1']);
  expect(keys('host_networks6')).toEqual(['2620:fe:: up0']);
  expect(keys('private4')).toEqual([]);
});

test.for<Egress>([
  'local',
  [{ cidr: Cidr.parse('fd00::/8') }, { cidr: Cidr.parse('10.0.0.0/8'), ports: [readPortRange('1/udp')] }],
])('what the store keeps of %j is what is read', (policy) => {
  expect(readEgress(keepEgress(policy))).toEqual(policy);
});
