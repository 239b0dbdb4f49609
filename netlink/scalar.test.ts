import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ip } from '../address/index.ts';
import {
  anyBytes,
  anyIp,
  anyMac,
  anyS32,
  anyText,
  anyU16,
  anyU32,
  anyU64,
  anyU8,
} from '../test/arbitrary.ts';
import { codecLaws } from '../test/codec-laws.ts';
import { CodecError, decode, encode } from './codec.ts';
import { cstring, ip, mac, pad, raw, s32, s32be, u16, u16be, u32, u32be, u64, u64be, u8 } from './scalar.ts';

codecLaws(u8, anyU8);
codecLaws(u16, anyU16);
codecLaws(u16be, anyU16);
codecLaws(u32, anyU32);
codecLaws(u32be, anyU32);
codecLaws(s32, anyS32);
codecLaws(s32be, anyS32);
codecLaws(u64, anyU64);
codecLaws(u64be, anyU64);
codecLaws(pad(3), fc.constant(undefined));
codecLaws(raw, anyBytes);
codecLaws(cstring, anyText);
codecLaws(ip, anyIp);
codecLaws(mac, anyMac);

describe('integers', () => {
  it.each([
    [u16be, 0x0102, [1, 2]],
    [u32be, 0xfffefdfc, [0xff, 0xfe, 0xfd, 0xfc]],
    [s32be, -100, [0xff, 0xff, 0xff, 0x9c]],
  ])('%o writes %i most significant byte first', (codec, value, bytes) => {
    expect([...encode(codec, value)]).toEqual(bytes);
  });

  it.each([
    [u8, -1, 'u8: -1 is not in 0..255'],
    [u8, 256, 'u8: 256 is not in 0..255'],
    [u16, 65536, 'u16: 65536 is not in 0..65535'],
    [u32, 2 ** 32, 'u32: 4294967296 is not in 0..4294967295'],
    [s32, 2 ** 31, 's32: 2147483648 is not in -2147483648..2147483647'],
    [s32be, -(2 ** 31) - 1, 's32be: -2147483649 is not in -2147483648..2147483647'],
    [u32be, 1.5, 'u32be: 1.5 is not in 0..4294967295'],
    [u32be, Number.NaN, 'u32be: NaN is not in 0..4294967295'],
  ])('refuse a value out of range (%o, %d)', (codec, value, message) => {
    expect(() => encode(codec, value)).toThrow(message);
    expect(() => encode(codec, value)).toThrow(CodecError);
  });

  it.each([-1n, 2n ** 64n])('refuse a 64-bit value out of range (%d)', (value) => {
    expect(() => encode(u64be, value)).toThrow(`u64be: ${value} is not in 0..2^64-1`);
  });

  it('refuse another number of bytes', () => {
    expect(() => decode(u32, Uint8Array.of(1, 2))).toThrow('u32: expected 4 bytes, got 2');
  });
});

describe('cstring', () => {
  it('ends with a NUL, which may be missing on reading', () => {
    expect([...encode(cstring, 'lo')]).toEqual([0x6c, 0x6f, 0]);
    expect(decode(cstring, Uint8Array.of(0x6c, 0x6f))).toBe('lo');
    expect(decode(cstring, Uint8Array.of(0x6c, 0, 0x6f, 0))).toBe('l');
  });

  it('refuses a NUL inside, which the kernel would cut at', () => {
    for (const text of ['eth0\0eth1', 'é\0eth1', '\0é'])
      expect(() => encode(cstring, text)).toThrow(CodecError);
  });
});

describe('addresses', () => {
  it('are told apart by their length', () => {
    expect(decode(ip, Uint8Array.of(10, 1, 0, 2))).toEqual(Ip.parse('10.1.0.2'));
    expect(decode(ip, encode(ip, Ip.parse('fd00::2')))).toEqual(Ip.parse('fd00::2'));
    expect(() => decode(ip, new Uint8Array(5))).toThrow('ip: expected 4 or 16 bytes, got 5');
    expect(() => decode(mac, new Uint8Array(20))).toThrow('mac: expected 6 bytes, got 20');
  });
});
