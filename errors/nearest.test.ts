import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const names = ['enable_icc', 'enable_ip_masquerade', 'inhibit_ipv4'];

test.each([
  ['enable_icv', 'enable_icc'],
  ['enabel_icc', 'enable_icc'],
  ['enable-ip-masquerade', 'enable_ip_masquerade'],
  ['inhibit', undefined],
  ['', undefined],
])('"%s" was probably meant to be %s', (text, name) => {
  expect(nearest(text, names)).toBe(name);
});

test('a name is nearest to itself, and one letter changes nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(30), fc.constantFrom('', 'x'), (name, place, letter) => {
      const at = place % name.length;
      expect(nearest(name, names)).toBe(name);
      expect(nearest(`${name.slice(0, at)}${letter}${name.slice(at + 1)}`, names)).toBe(name);
    }),
  );
});
