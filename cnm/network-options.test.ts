import { expect, test } from 'vitest';
import { optionsInForce, readOptions } from './network-options.ts';

const BRIDGE = 'com.docker.network.bridge.name';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
const MTU = 'com.docker.network.driver.mtu';

test('what is not given is as Docker has it', () => {
  expect(readOptions({})).toEqual({ bridgeName: undefined, isMasqueraded: true, mtu: undefined });
});

test('what is given is read', () => {
  expect(readOptions({ [BRIDGE]: 'br9', [MASQUERADE]: 'false', [MTU]: '1400' })).toEqual({
    bridgeName: 'br9',
    isMasqueraded: false,
    mtu: 1400,
  });
});

test.for<[string, string]>([
  [BRIDGE, 'sixteen-letters!'],
  [BRIDGE, ''],
  [BRIDGE, '..'],
  [BRIDGE, 'a/b'],
  [MASQUERADE, 'yes'],
  [MTU, '67'],
  [MTU, '65536'],
  [MTU, '1e3'],
  ['tsnet.egress', 'everything'],
  ['com.docker.network.bridge.unheard_of', '1'],
])('%s=%s is refused by name', ([name, value]) => {
  expect(() => readOptions({ [name]: value })).toThrow(name);
});

test('options in force name the bridge and the masquerade', () => {
  expect(optionsInForce('br-1', {})).toEqual({ [BRIDGE]: 'br-1', [MASQUERADE]: 'true' });
  expect(optionsInForce('br9', { [BRIDGE]: 'br9', [MASQUERADE]: '0' })[MASQUERADE]).toBe('0');
});
