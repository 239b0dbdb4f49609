import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foreignSubnets, subnetsIn } from './foreign-subnets.ts';

const text = (value: unknown): string[] => subnetsIn(value).map(String);

test('of netavark and of CNI', () => {
  expect(text({ name: 'podman', subnets: [{ subnet: '10.88.0.0/16', gateway: '10.88.0.1' }] })).toEqual([
    '10.88.0.0/16',
  ]);
  const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00::/64', rangeStart: 'fd00::9' }]];
  const plugins = [
    { type: 'bridge', ipam: { ranges } },
    { type: 'ptp', ipam: { subnet: '10.2.0.7/24' } },
  ];
  expect(text({ plugins })).toEqual(['10.1.0.0/24', 'fd00::/64', '10.2.0.0/24']);
});

test('what is no subnet is passed over, whatever it is', () => {
  expect(text({ subnet: 'usePodCidr' })).toEqual([]);
  expect(text({ subnet: '10.0.0.0/33', more: [{ subnet: 7 }, null] })).toEqual([]);
  fc.assert(fc.property(fc.jsonValue(), (value) => Array.isArray(subnetsIn(value))));
});

test('folders that are not there have nothing', () => {
  expect(foreignSubnets(['/nowhere/at/all'])).toEqual([]);
});
