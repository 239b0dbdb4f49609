import { expect, test } from 'vitest';
import { INTERNAL, optionsInForce, readOptions } from './network-options.ts';

const BRIDGE = 'com.docker.network.bridge.name';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
const ROUTABLE = 'tsnet.direct_routing';
const MTU = 'com.docker.network.driver.mtu';
const ICC = 'com.docker.network.bridge.enable_icc';
const ISOLATION = 'tsnet.isolation';
const ANTI_SPOOF = 'tsnet.anti_spoof';
const INGRESS = 'tsnet.bandwidth.ingress';
const EGRESS = 'tsnet.bandwidth.egress';

test('what is not given is as Docker has it, and safe where Docker has nothing', () => {
  expect(readOptions({})).toEqual({
    bridgeName: undefined,
    isMasqueraded: true,
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
  ['com.docker.network.bridge.unheard_of', '1'],
])('%s=%s is refused by name', ([name, value]) => {
  expect(() => readOptions({ [name]: value })).toThrow(name);
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
