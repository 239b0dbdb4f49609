import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { Cidr, InterfaceAddress, Ip } from '../address/index.ts';
import { decodeResult } from './result-decoding.ts';
import { encodeResult } from './result-encoding.ts';
import type { Result } from './result.ts';
import { supportedVersions } from './version.ts';

const golden = (version: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${version}.json`, import.meta.url), 'utf8'));

/** What the bridge plugin answers for a container with IPv4 and IPv6. */
const dualStack: Result = {
  interfaces: [
    { name: 'cni0', mac: '02:42:0a:01:00:01', mtu: 1500 },
    { name: 'veth12345678', mac: '02:42:0a:01:00:fe', mtu: 1500 },
    { name: 'eth0', mac: '02:42:0a:01:00:02', mtu: 1500, sandbox: '/run/netns/one' },
  ],
  ips: [
    { address: InterfaceAddress.parse('10.1.0.2/24'), gateway: Ip.parse('10.1.0.1'), interface: 2 },
    { address: InterfaceAddress.parse('fd00:1::2/64'), gateway: Ip.parse('fd00:1::1'), interface: 2 },
  ],
  routes: [
    { dst: Cidr.parse('0.0.0.0/0') },
    { dst: Cidr.parse('::/0') },
    {
      dst: Cidr.parse('10.9.0.0/16'),
      gw: Ip.parse('10.1.0.9'),
      mtu: 1400,
      advmss: 1360,
      priority: 50,
      table: 100,
      scope: 0,
    },
  ],
  dns: { search: ['example.org'], nameservers: ['10.1.0.1'] },
};

const empty: Result = { interfaces: [], ips: [], routes: [], dns: {} };

test.each(supportedVersions)('a result of %s has exactly the keys of that version, in order', (version) => {
  expect(JSON.stringify(encodeResult(dualStack, version))).toBe(JSON.stringify(golden(version)));
});

test.each(supportedVersions)('a result of %s survives decoding', (version) => {
  expect(encodeResult(decodeResult(golden(version), 'prevResult'), version)).toEqual(golden(version));
});

test('1.1.0 loses nothing', () => {
  const decoded = decodeResult(golden('1.1.0'), 'prevResult');
  expect(JSON.parse(JSON.stringify(decoded))).toEqual(JSON.parse(JSON.stringify(dualStack)));
});

test('an old result becomes a new one', () => {
  const decoded = decodeResult(golden('0.2.0'), 'prevResult');
  expect(encodeResult(decoded, '1.0.0')).toEqual({
    cniVersion: '1.0.0',
    ips: [
      { address: '10.1.0.2/24', gateway: '10.1.0.1' },
      { address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    ],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.1.0.9' }, { dst: '::/0' }],
    dns: { nameservers: ['10.1.0.1'], search: ['example.org'] },
  });
});

test('dns is always there before 1.0.0, and only when it says something since', () => {
  expect(encodeResult(empty, '0.4.0')).toEqual({ cniVersion: '0.4.0', dns: {} });
  expect(encodeResult(empty, '1.0.0')).toEqual({ cniVersion: '1.0.0' });
});

test('before 0.3.0 a result needs an address, and has the first of each family', () => {
  expect(() => encodeResult(empty, '0.2.0')).toThrow('cannot convert: no valid IP addresses');
  const ips = ['fd00::2/64', '10.0.0.2/24', '10.0.0.3/24'].map((text) => ({
    address: InterfaceAddress.parse(text),
  }));
  expect(encodeResult({ ...empty, ips }, '0.2.0')).toEqual({
    cniVersion: '0.2.0',
    ip4: { ip: '10.0.0.2/24' },
    ip6: { ip: 'fd00::2/64' },
    dns: {},
  });
});

test("other plugins' results may be sloppy", () => {
  const decoded = decodeResult(
    {
      Interfaces: [{ name: 'ib0', mac: '80:00:00:02:fe:80:00:00:00:00:00:00:00:11:22:33:44:55:66:77' }],
      ips: [{ version: '6', address: 'fd00::2/64', gateway: '' }],
      routes: [{ dst: 'fd00::5/32', gw: null }],
      dns: null,
    },
    'prevResult',
  );
  expect(decoded.routes[0]?.dst.toString()).toBe('fd00::/32');
  expect(decoded.ips[0]?.gateway).toBeUndefined();
  expect(decoded.interfaces[0]?.name).toBe('ib0');
});

test.each([
  [{ ips: [{ address: '10.0.0.2' }] }, /^prevResult\.ips\[0\]\.address "10\.0\.0\.2": /],
  [{ ips: [{}] }, /^prevResult\.ips\[0\]\.address: missing$/],
  [{ ip4: { gateway: '10.0.0.1' } }, /^prevResult\.ip4\.ip: missing$/],
  ['text', /^prevResult "text": expected object, received string$/],
])('%j is no result', (json, message) => {
  expect(() => explained(() => decodeResult(json, 'prevResult'))).toThrow(message);
});
