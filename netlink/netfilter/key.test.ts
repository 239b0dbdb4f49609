import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ip, Mac } from '../../address/index.ts';
import { anyIpv4, anyIpv6, anyMac, anyU16, anyU8 } from '../../test/arbitrary.ts';
import { CodecError } from '../codec.ts';
import { keyBytes, keyLength, keyTypeNumber, keyTypes } from './key.ts';
import type { KeyField, KeyType } from './key.ts';

const anyField: Record<KeyType, fc.Arbitrary<KeyField>> = {
  ipv4_addr: anyIpv4,
  ipv6_addr: anyIpv6,
  ether_addr: anyMac,
  inet_proto: anyU8,
  inet_service: anyU16,
  ifname: fc.stringMatching(/^[a-z0-9.-]{1,15}$/),
};
const names = Object.keys(keyTypes) as KeyType[];

describe('a key', () => {
  it('pads each field of a concatenation to 4 bytes, and a single field not at all', () => {
    expect([...keyBytes(['inet_proto', 'inet_service'], [6, 8080])]).toEqual([6, 0, 0, 0, 0x1f, 0x90, 0, 0]);
    expect([...keyBytes(['inet_service'], [8080])]).toEqual([0x1f, 0x90]);
    expect(new TextDecoder().decode(keyBytes(['ifname'], ['br0']))).toBe('br0'.padEnd(16, '\0'));
  });

  it('has the length and the bytes of its fields, whatever they are', () => {
    const anyKey = fc
      .array(fc.constantFrom(...names), { minLength: 2, maxLength: 5 })
      .chain((types) => fc.tuple(fc.constant(types), fc.tuple(...types.map((type) => anyField[type]))));
    fc.assert(
      fc.property(anyKey, ([types, fields]) => {
        const parts = types.map((type, at) => [...keyBytes([type], [fields[at] ?? ''])]);
        const padded = parts.flatMap((part) => [
          ...part,
          ...Array.from({ length: -part.length & 3 }, () => 0),
        ]);
        expect([...keyBytes(types, fields)]).toEqual(padded);
        expect(keyLength(types)).toBe(padded.length);
      }),
    );
  });

  it('has the type number that nft gives it, 6 bits a field', () => {
    expect(keyTypeNumber(['ipv4_addr', 'inet_proto', 'inet_service'])).toBe(0x730d);
    expect(keyTypeNumber(['ipv4_addr', 'ifname'])).toBe(0x1e9);
    expect(keyTypeNumber(['ifname', 'ether_addr'])).toBe(0xa49);
    expect(keyTypeNumber(['ifname'])).toBe(41);
  });

  it.each<[KeyType, KeyField, string]>([
    ['ipv4_addr', Ip.parse('fd00::1'), 'fd00::1'],
    ['ipv6_addr', Ip.parse('10.0.0.1'), '10.0.0.1'],
    ['ipv4_addr', '10.0.0.1', '10.0.0.1'],
    ['ether_addr', Ip.parse('10.0.0.1'), '10.0.0.1'],
    ['inet_service', Mac.parse('02:42:0a:01:00:02'), '02:42:0a:01:00:02'],
    ['inet_service', 65536, '65536'],
    ['inet_service', -1, '-1'],
    ['inet_service', 1.5, '1.5'],
    ['inet_proto', 256, '256'],
    ['inet_proto', Ip.parse('10.0.0.1'), '10.0.0.1'],
    ['ifname', 'abcdefghijklmnop', 'abcdefghijklmnop'],
    ['ifname', 3, '3'],
  ])('refuses as %s the field %s', (type, field, shown) => {
    expect(() => keyBytes(['inet_proto', type], [6, field])).toThrow(CodecError);
    expect(() => keyBytes(['inet_proto', type], [6, field])).toThrow(`key: field 1, ${shown}, is no ${type}`);
  });

  it('refuses another number of fields', () => {
    expect(() => keyBytes(['inet_proto', 'inet_service'], [6])).toThrow('key: expected 2 fields, got 1');
  });
});
