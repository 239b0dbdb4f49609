import { expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { parseCniArgs } from './cni-args.ts';
import { networkConfig } from './config.ts';
import { readStaticConfig } from './static-config.ts';
import { validate } from './validate.ts';
import { newestVersion } from './version.ts';
import type { CniVersion } from './version.ts';

function read(
  config: object,
  { args = '', version = newestVersion }: { args?: string; version?: CniVersion } = {},
) {
  return readStaticConfig({
    config: validate(networkConfig({}), config),
    args: parseCniArgs(args),
    version,
  });
}

/** The form of a parsed value as it would look in JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const ipam = { addresses: [{ address: '10.1.0.5/24', gateway: '10.1.0.1' }] };

test('addresses, routes and dns are read', () => {
  const routes = [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.1.0.9' }];
  const dns = { nameservers: ['10.1.0.1'], domain: 'example.org', search: ['example.org'], options: ['x'] };
  expect(plain(read({ ipam: { ...ipam, routes, dns } }))).toEqual({ ...ipam, routes, dns });
  expect(plain(read({ ipam: {} }))).toEqual({ addresses: [], routes: [], dns: {} });
});

test('the runtime comes before args, args before the configuration; CNI_ARGS are added to it', () => {
  const runtimeConfig = { ips: ['10.1.0.9/24', 'fd00::9/64'] };
  const args = { cni: { ips: ['10.1.0.10/24'] } };
  const env = { args: 'IP=10.1.0.7/24, 10.2.0.7/24;GATEWAY=10.2.0.1,10.1.0.254' };
  const addresses = (config: object) => plain(read({ ipam, ...config }, env).addresses);
  expect(addresses({ runtimeConfig, args })).toEqual([{ address: '10.1.0.9/24' }, { address: 'fd00::9/64' }]);
  expect(addresses({ runtimeConfig: { ips: [] }, args })).toEqual([{ address: '10.1.0.10/24' }]);
  expect(addresses({})).toEqual([
    ...ipam.addresses,
    { address: '10.1.0.7/24', gateway: '10.1.0.254' },
    { address: '10.2.0.7/24', gateway: '10.2.0.1' },
  ]);
});

test.each([
  [{}, '', "IPAM config missing 'ipam' key"],
  [{ ipam }, 'IP=10.1.0.7', "the 'ip' field is expected to be in CIDR notation, got: '10.1.0.7'"],
  [
    { ipam, runtimeConfig: { ips: ['10.1.0.9'] } },
    '',
    "an entry in the 'ips' field is NOT in CIDR notation, got: '10.1.0.9'",
  ],
])('%j with CNI_ARGS "%s": %s', (config, args, message) => {
  expect(() => read(config, { args })).toThrow(expect.objectContaining({ cniCode: 7, message }));
});

test.each([
  [{ address: '10.1.0.5' }, /^ipam\.addresses\[0\]\.address "10\.1\.0\.5": /],
  [{ address: '10.1.0.5/24', gateway: 'x' }, /^ipam\.addresses\[0\]\.gateway "x": /],
])('%j is explained', (address, message) => {
  expect(() => explained(() => read({ ipam: { addresses: [address] } }))).toThrow(message);
});

test('before 0.3.0 there is one address of each family', () => {
  const two = { addresses: [{ address: '10.1.0.5/24' }, { address: '10.1.0.6/24' }] };
  const both = { addresses: [{ address: '10.1.0.5/24' }, { address: 'fd00::6/64' }] };
  expect(read({ ipam: both }, { version: '0.2.0' }).addresses).toHaveLength(2);
  expect(() => read({ ipam: two }, { version: '0.2.0' })).toThrow(
    'CNI version 0.2.0 does not support more than 1 address per family',
  );
});
