import { expect, test } from 'vitest';
import { placeOn } from './network-option.ts';

const placeWith = (address: string) => placeOn('net', { alias: [], linkLocalIp: [address] });

test.for(['169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1'])('%s is of the link', (address) => {
  expect(placeWith(address).linkLocal.map(String)).toEqual([address]);
});

test.for(['169.253.0.1', '10.0.0.1', 'fe8::1', 'fec0::1', '::ffff:169.254.1.1'])('%s is not', (address) => {
  expect(() => placeWith(address)).toThrow(`--link-local-ip "${address}": must be in`);
});
