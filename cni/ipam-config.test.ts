import { expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { parseCniArgs } from './cni-args.ts';
import { networkConfig } from './config.ts';
import { readIpamConfig } from './ipam-config.ts';
import { validate } from './validate.ts';
import { newestVersion } from './version.ts';
import type { CniVersion } from './version.ts';

function read(
  config: object,
  { args = '', version = newestVersion }: { args?: string; version?: CniVersion } = {},
) {
  return readIpamConfig({ config: validate(networkConfig({}), config), args: parseCniArgs(args), version });
}

/** The form of a parsed value as it would look in JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('the runtime comes first, then the legacy range, then the ranges', () => {
  const { rangeSets } = read({
    runtimeConfig: { ipRanges: [[{ subnet: '10.3.0.0/24' }]] },
    ipam: {
      subnet: '10.1.0.0/24',
      rangeStart: '10.1.0.10',
      rangeEnd: '10.1.0.20',
      gateway: '10.1.0.254',
      ranges: [[{ subnet: '10.2.0.0/24' }, { subnet: '10.4.0.0/24' }], [{ subnet: 'fd00::/64' }]],
    },
  });
  expect(plain(rangeSets)).toEqual([
    [{ subnet: '10.3.0.0/24' }],
    [{ subnet: '10.1.0.0/24', rangeStart: '10.1.0.10', rangeEnd: '10.1.0.20', gateway: '10.1.0.254' }],
    [{ subnet: '10.2.0.0/24' }, { subnet: '10.4.0.0/24' }],
    [{ subnet: 'fd00::/64' }],
  ]);
});

test('routes, resolvConf and dataDir are read', () => {
  const routes = [
    { dst: '0.0.0.0/0' },
    { dst: '10.9.0.0/16', gw: '10.1.0.9', mtu: 1400, table: 5, scope: 0 },
  ];
  const ipam = read({
    ipam: { subnet: '10.1.0.0/24', routes, resolvConf: '/etc/resolv.conf', dataDir: '/x' },
  });
  expect(plain(ipam.routes)).toEqual(routes);
  expect(ipam.resolvConf).toBe('/etc/resolv.conf');
  expect(ipam.dataDir).toBe('/x');
});

test('requested addresses come from one place, the runtime before args before CNI_ARGS', () => {
  const ipam = { subnet: '10.1.0.0/24' };
  const runtimeConfig = { ips: ['10.1.0.2/24', 'fd00::2'] };
  const args = { cni: { ips: ['10.1.0.3'] } };
  const env = { args: 'IP=10.1.0.4/24, 10.1.0.5' };
  const requested = (config: object) => read({ ipam, ...config }, env).requested.map(String);
  expect(requested({ runtimeConfig, args })).toEqual(['10.1.0.2', 'fd00::2']);
  expect(requested({ args })).toEqual(['10.1.0.3']);
  expect(requested({})).toEqual(['10.1.0.4', '10.1.0.5']);
  expect(read({ ipam }).requested).toEqual([]);
});

const subnet = '10.1.0.0/24';

test.each([
  [{}, 'ipam: no IP ranges specified: give it a subnet or ranges'],
  [{ subnet, gateway: '10.2.0.1' }, 'ipam.gateway "10.2.0.1": not in the subnet 10.1.0.0/24'],
  [{ subnet, rangeStart: 'fd00::1' }, 'ipam.rangeStart "fd00::1": not in the subnet 10.1.0.0/24'],
  [{ subnet, rangeEnd: '10.1.1.0' }, 'ipam.rangeEnd "10.1.1.0": not in the subnet 10.1.0.0/24'],
  [
    { subnet, rangeStart: '10.1.0.9', rangeEnd: '10.1.0.8' },
    'ipam.rangeStart "10.1.0.9": comes after rangeEnd 10.1.0.8',
  ],
  [
    { ranges: [[{ subnet }, { subnet: 'fd00::/64' }]] },
    'ipam.ranges[0][1].subnet "fd00::/64": IPv4 and IPv6 in one range set: give each family a set of its own',
  ],
  [{ ranges: [[{ subnet }], []] }, 'ipam.ranges[1] []: a range set needs at least one range'],
  [{ ranges: [[{ gateway: '10.1.0.1' }]] }, 'ipam.ranges[0][0].subnet: missing'],
  [{ subnet, ranges: [[{ subnet: '10.1.0.0/16' }]] }, 'ipam.ranges 10.1.0.0/24: overlaps with 10.1.0.0/16'],
  [
    { ranges: [[{ subnet }, { subnet, rangeStart: '10.1.0.9' }]] },
    'ipam.ranges 10.1.0.0/24: overlaps with 10.1.0.0/24 (10.1.0.9-10.1.0.255)',
  ],
])('%j is refused', (ipam, message) => {
  expect(() => explained(() => read({ ipam }))).toThrow(expect.objectContaining({ cniCode: 7, message }));
});

test.each(['10.0.0.0/31', '10.0.0.1/32', 'fd00::/127', 'fd00::/128'])('%s is too small', (small) => {
  const message = `ipam.subnet "${small}": Network ${small} too small to allocate from`;
  expect(() => explained(() => read({ ipam: { subnet: small } }))).toThrow(
    expect.objectContaining({ cniCode: 7, message }),
  );
});

test('host bits in a subnet are refused with the network that was meant', () => {
  expect(() => explained(() => read({ ipam: { ranges: [[{ subnet: '10.1.0.5/24' }]] } }))).toThrow(
    /^ipam\.ranges\[0\]\[0\]\.subnet "10\.1\.0\.5\/24": .*10\.1\.0\.0\/24/,
  );
});

test('disjoint parts of one subnet do not overlap', () => {
  const parts = [
    { subnet, rangeEnd: '10.1.0.99' },
    { subnet, rangeStart: '10.1.0.100' },
  ];
  expect(read({ ipam: { ranges: [parts] } }).rangeSets[0]).toHaveLength(2);
});

test('before 0.3.0 there is one address of each family', () => {
  const dual = { ranges: [[{ subnet }], [{ subnet: 'fd00::/64' }]] };
  expect(read({ ipam: dual }, { version: '0.2.0' }).rangeSets).toHaveLength(2);
  const twice = { ranges: [[{ subnet }], [{ subnet: '10.2.0.0/24' }]] };
  expect(() => read({ ipam: twice }, { version: '0.2.0' })).toThrow(/more than 1 address per family$/);
  expect(read({ ipam: twice }, { version: '0.3.0' }).rangeSets).toHaveLength(2);
});
