import { expect, test } from 'vitest';
import { Cidr, Ip } from '../address/index.ts';
import { decideRange, rangeOf, rangeSetName } from './range.ts';

const subnet = Cidr.parse('10.1.0.0/24');

test.each([
  ['10.1.0.0/24', '10.1.0.1', '10.1.0.254', '10.1.0.1'],
  ['10.1.0.0/30', '10.1.0.1', '10.1.0.2', '10.1.0.1'],
  ['fd00::/64', 'fd00::1', 'fd00::ffff:ffff:ffff:ffff', 'fd00::1'],
])('all of %s is from %s to %s with gateway %s', (text, first, last, gateway) => {
  const range = decideRange({ subnet: Cidr.parse(text) });
  expect([range.first, range.last, range.gateway].map(String)).toEqual([first, last, gateway]);
});

test('what is stated stays', () => {
  const range = decideRange({
    subnet,
    rangeStart: Ip.parse('10.1.0.10'),
    rangeEnd: Ip.parse('10.1.0.20'),
    gateway: Ip.parse('10.1.0.254'),
  });
  expect([range.first, range.last, range.gateway].map(String)).toEqual([
    '10.1.0.10',
    '10.1.0.20',
    '10.1.0.254',
  ]);
});

test.each([
  [{ subnet: Cidr.parse('10.1.0.0/31') }, /10\.1\.0\.0\/31 too small to allocate from/],
  [{ subnet: Cidr.parse('fd00::/127') }, /too small/],
  [{ subnet, rangeStart: Ip.parse('10.2.0.1') }, /rangeStart "10\.2\.0\.1" is not in subnet 10\.1\.0\.0\/24/],
  [{ subnet, rangeEnd: Ip.parse('fd00::1') }, /rangeEnd "fd00::1" is not in subnet/],
  [{ subnet, gateway: Ip.parse('10.0.255.255') }, /gateway "10\.0\.255\.255" is not in subnet/],
  [{ subnet, rangeStart: Ip.parse('10.1.0.9'), rangeEnd: Ip.parse('10.1.0.8') }, /is behind rangeEnd/],
])('%j is refused', (spec, message) => {
  expect(() => decideRange(spec)).toThrow(expect.objectContaining({ code: 'TSNET_CONFIG' }));
  expect(() => decideRange(spec)).toThrow(message);
});

test('a set is named by its ranges and finds the one an address lies in', () => {
  const one = decideRange({ subnet });
  const other = decideRange({ subnet: Cidr.parse('10.2.0.0/30') });
  expect(rangeSetName([one, other])).toBe('10.1.0.1-10.1.0.254,10.2.0.1-10.2.0.2');
  expect(rangeOf([one, other], Ip.parse('10.2.0.2'))).toBe(other);
  expect(rangeOf([one, other], Ip.parse('10.2.0.3'))).toBeUndefined();
  expect(rangeOf([one], Ip.parse('::ffff:10.1.0.5'))).toBeUndefined();
});
