import { expect, it, test } from 'vitest';

import { InterfaceAddress } from './interface-address.ts';
import { Ip } from './ip.ts';

test.each([
  ['10.1.0.2/24', '10.1.0.2/24', '10.1.0.0/24'],
  ['10.1.0.2/32', '10.1.0.2/32', '10.1.0.2/32'],
  ['10.1.0.2/0', '10.1.0.2/0', '0.0.0.0/0'],
  ['FD00:0::2/64', 'fd00::2/64', 'fd00::/64'],
])('%s', (text, canonical, network) => {
  const address = InterfaceAddress.parse(text);
  expect([address.toString(), JSON.stringify(address)]).toEqual([canonical, `"${canonical}"`]);
  expect(address.network.toString()).toBe(network);
  expect(address.family).toBe(address.ip.family);
  expect(InterfaceAddress.parse(canonical).equals(address)).toBe(true);
  expect(InterfaceAddress.of(address.ip, address.prefix)).toEqual(address);
});

test.each([
  ['10.1.0.2', 'no prefix, write it as address/prefix'],
  ['10.1.0.2/024', 'prefix "024" is not a decimal number without leading zeros'],
  ['10.1.0.2/33', 'prefix 33 is not between 0 and 32 of IPv4'],
  ['10.1.0/24', 'ip address "10.1.0": expected four decimal numbers'],
])('refuses %j: %s', (text, why) => {
  expect(() => InterfaceAddress.parse(text)).toThrow(why);
  expect(() => InterfaceAddress.parse(text)).toThrow(`interface address "${text}": `);
});

it('refuses to be made with a prefix of the other family', () => {
  expect(() => InterfaceAddress.of(Ip.parse('10.1.0.2'), 64)).toThrow(
    'interface address: prefix 64 is not between',
  );
});

it('differs by address and by prefix', () => {
  const address = InterfaceAddress.parse('10.1.0.2/24');
  expect(address.equals(InterfaceAddress.parse('10.1.0.3/24'))).toBe(false);
  expect(address.equals(InterfaceAddress.parse('10.1.0.2/25'))).toBe(false);
});
