import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cidr, InterfaceAddress, Ip } from '../address/index.ts';
import { anyIpv4 } from '../test/arbitrary.ts';
import { callersOf, directOf, keepDirect } from './direct.ts';
import { endpointOf } from '../test/temporary-store.ts';

const blocks = (...texts: string[]): Cidr[] => texts.map((text) => Cidr.parse(text));
const of = (mode: 'bridge' | 'ptp', kept: Cidr[], ...addresses: string[]): string[] => {
  const endpoint = endpointOf('c1', { mode, kept: keepDirect(kept, false) });
  const leases = addresses.map((text) => ({
    network: endpoint.network,
    endpoint: endpoint.id,
    address: InterfaceAddress.parse(text),
    gateway: Ip.parse('10.1.0.1'),
  }));
  return directOf(endpoint, leases).map(String);
};

test('nothing is kept of no destinations', () => {
  expect(keepDirect([], false)).toBeUndefined();
  expect(of('bridge', [], '10.1.0.2/24')).toEqual([]);
});

test('without a bridge the subnets are among them', () => {
  expect(of('ptp', blocks('192.0.2.0/24'), '10.1.0.2/24', 'fd00::2/64')).toEqual([
    '192.0.2.0/24',
    '10.1.0.0/24',
    'fd00::/64',
  ]);
});

test('a block in another, or there twice, is left out', () => {
  const all = blocks('10.1.0.0/16', '10.0.0.0/8', '192.0.2.0/24', '10.0.0.0/8', '192.0.2.1/32');
  expect(of('ptp', all, '10.1.0.2/24')).toEqual(['10.0.0.0/8', '192.0.2.0/24']);
});

test('who may call a masqueraded endpoint: the blocks, not its subnets', () => {
  const kept = keepDirect(blocks('10.1.0.0/16', '10.0.0.0/8'), false);
  for (const mode of ['bridge', 'ptp'] as const) {
    const masqueraded = endpointOf('c1', { mode, isMasqueraded: true });
    expect(callersOf({ ...masqueraded, kept })?.map(String)).toEqual(['10.0.0.0/8']);
    expect(callersOf(masqueraded)).toEqual([]);
  }
});

test('everybody may call one that is not masqueraded, or that is to be called by routing', () => {
  expect(callersOf(endpointOf('c1', { isMasqueraded: false }))).toBeUndefined();
  expect(callersOf(endpointOf('c1', { isMasqueraded: true, kept: keepDirect([], true) }))).toBeUndefined();
});

test('whatever is asked for: the same addresses, and no two blocks overlap', () => {
  const anyBlock = fc
    .tuple(anyIpv4, fc.integer({ min: 0, max: 8 }))
    .map(([ip, prefix]) => Cidr.of(ip, prefix));
  fc.assert(
    fc.property(fc.array(anyBlock, { maxLength: 6 }), anyIpv4, (all, ip) => {
      const kept = of('bridge', all).map((text) => Cidr.parse(text));
      expect(kept.some((block) => block.contains(ip))).toBe(all.some((block) => block.contains(ip)));
      for (const [at, one] of kept.entries())
        expect(kept.slice(at + 1).some((other) => other.overlaps(one))).toBe(false);
    }),
  );
});
