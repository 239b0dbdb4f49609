import { expect, test } from 'vitest';
import { Ip } from '../address/index.ts';
import { changedOptions, INTERNAL, optionsInForce, readOptions } from './network-options.ts';

const BRIDGE = 'com.docker.network.bridge.name';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
const ROUTABLE = 'tsnet.direct_routing';
const MTU = 'com.docker.network.driver.mtu';
const MODE4 = 'com.docker.network.bridge.gateway_mode_ipv4';
const MODE6 = 'com.docker.network.bridge.gateway_mode_ipv6';
const INHIBIT = 'com.docker.network.bridge.inhibit_ipv4';
const BINDING = 'com.docker.network.bridge.host_binding_ipv4';
const HOST4 = 'com.docker.network.host_ipv4';
const HOST6 = 'com.docker.network.host_ipv6';
const PREFIX = 'com.docker.network.container_iface_prefix';
const ICC = 'com.docker.network.bridge.enable_icc';
const ISOLATION = 'tsnet.isolation';
const ANTI_SPOOF = 'tsnet.anti_spoof';
const INGRESS = 'tsnet.bandwidth.ingress';
const EGRESS = 'tsnet.bandwidth.egress';

test('what is not given is as Docker has it, and safe where Docker has nothing', () => {
  expect(readOptions({})).toEqual({
    bridgeName: undefined,
    isMasqueraded: true,
    gatewayMode: { 4: 'nat', 6: 'nat' },
    isInhibited: false,
    hostBinding: undefined,
    sources: [],
    ifnamePrefix: 'eth',
    mtu: undefined,
    isRoutable: false,
    hasIcc: true,
    isInternal: false,
    isIsolated: true,
    isAntiSpoof: true,
    ingress: undefined,
    egress: undefined,
  });
});

test('what is given is read', () => {
  expect(
    readOptions({ [BRIDGE]: 'br9', [MASQUERADE]: 'false', [MTU]: '1400', [ROUTABLE]: 'true' }),
  ).toMatchObject({
    bridgeName: 'br9',
    isMasqueraded: false,
    mtu: 1400,
    isRoutable: true,
  });
  const off = { [ICC]: 'false', [ISOLATION]: '0', [ANTI_SPOOF]: 'false', [INGRESS]: '10M', [EGRESS]: '500k' };
  expect(readOptions(off)).toMatchObject({
    hasIcc: false,
    isIsolated: false,
    isAntiSpoof: false,
    ingress: { rate: 10e6 },
    egress: { rate: 500e3 },
  });
});

test('an internal network is not masqueraded, and must not be asked to be', () => {
  expect(readOptions({ [INTERNAL]: 'true' })).toMatchObject({ isInternal: true, isMasqueraded: false });
  expect(() => readOptions({ [INTERNAL]: 'true', [MASQUERADE]: 'true' })).toThrow(MASQUERADE);
});

test.for<[string, string]>([
  [BRIDGE, 'sixteen-letters!'],
  [BRIDGE, ''],
  [BRIDGE, '..'],
  [BRIDGE, 'a/b'],
  [MASQUERADE, 'yes'],
  [ROUTABLE, 'on'],
  [MTU, '67'],
  [MTU, '65536'],
  [MTU, '1e3'],
  [ICC, 'off'],
  [ISOLATION, ''],
  [ANTI_SPOOF, 'no'],
  [INTERNAL, 'maybe'],
  [INGRESS, '10m'],
  [EGRESS, '0'],
  ['tsnet.egress', 'everything'],
  [MODE4, 'nat-unprotected'],
  [MODE4, 'isolated'],
  [MODE6, 'bridge'],
  [INHIBIT, 'maybe'],
  [BINDING, 'localhost'],
  [HOST4, '2001:db8::1'],
  [HOST4, '0.0.0.0'],
  [HOST6, '192.0.2.1'],
  [PREFIX, 'much-too-long'],
  [PREFIX, 'eth0'],
  [PREFIX, ''],
  ['com.docker.network.bridge.unheard_of', '1'],
  ['com.docker.network.enable_ipv6', 'true'],
])('%s=%s is refused by name', ([name, value]) => {
  expect(() => readOptions({ [name]: value })).toThrow(name);
});

test('how the gateway is, and what leaves', () => {
  expect(
    readOptions({ [MODE6]: 'routed', [HOST4]: '192.0.2.7', [PREFIX]: 'net', [BINDING]: '127.0.0.1' }),
  ).toMatchObject({
    gatewayMode: { 4: 'nat', 6: 'routed' },
    sources: [Ip.parse('192.0.2.7')],
    ifnamePrefix: 'net',
    hostBinding: Ip.parse('127.0.0.1'),
  });
  expect(readOptions({ [BINDING]: '0.0.0.0' }).hostBinding).toBeUndefined();
  expect(readOptions({ [INTERNAL]: 'true', [MODE4]: 'isolated' }).gatewayMode[4]).toBe('isolated');
});

test.each<[string, Record<string, string>]>([
  [MODE4, { [INTERNAL]: 'true', [MODE4]: 'routed' }],
  [HOST4, { [INTERNAL]: 'true', [HOST4]: '192.0.2.7' }],
  [HOST4, { [MASQUERADE]: 'false', [HOST4]: '192.0.2.7' }],
  [HOST6, { [MODE6]: 'routed', [HOST6]: '2001:db8::7' }],
])('%s contradicts what it is given with', (name, options) => {
  expect(() => readOptions(options)).toThrow(
    new RegExp(`^option ${name.replaceAll('.', '[.]')} ".*": contradicts`),
  );
});

test('what was probably meant is told, and what Docker has and tsnet not', () => {
  expect(() => readOptions({ 'com.docker.network.bridge.enable_icv': 'true' })).toThrow(
    'option com.docker.network.bridge.enable_icv: not known, did you mean "com.docker.network.bridge.enable_icc"?',
  );
  expect(() => readOptions({ 'com.docker.network.bridge.default_bridge': 'true' })).toThrow(
    'means nothing here',
  );
});

test('changes are told by the keys', () => {
  expect(changedOptions({ [MTU]: '1400', [ICC]: 'true' }, { [MTU]: '1500', [ICC]: 'true' })).toEqual(['mtu']);
  expect(changedOptions({}, { [PREFIX]: 'net' })).toEqual(['ifnamePrefix']);
});

test('options in force name the bridge, the masquerade and the policies', () => {
  expect(optionsInForce('br-1', { [INTERNAL]: 'true' })).toEqual({
    [BRIDGE]: 'br-1',
    [MASQUERADE]: 'false',
    [ICC]: 'true',
    [ISOLATION]: 'true',
    [ANTI_SPOOF]: 'true',
  });
  const given = { [BRIDGE]: 'br9', [MASQUERADE]: '0', [ISOLATION]: 'false' };
  expect(optionsInForce('br9', given)).toMatchObject(given);
});
