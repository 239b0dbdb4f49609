import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mac } from '../address/index.ts';
import { anyMac, anyOf, anyText, anyU32, anyU8 } from '../test/arbitrary.ts';
import { attributeLaws } from '../test/codec-laws.ts';
import { attr, attrs, list, NLA, nested } from './attributes.ts';
import { CodecError, decode, encode } from './codec.ts';
import type { Infer } from './codec.ts';
import { cstring, mac, raw, u32, u8 } from './scalar.ts';

const port = attrs('port', { state: attr(1, u8), cost: attr(2, u32) });
const link = attrs('link', {
  address: attr(1, mac),
  name: attr(3, cstring),
  mtu: attr(4, u32),
  port: nested(12, port),
  ports: list(13, nested(1, port)),
});

const anyPort = anyOf({ state: anyU8, cost: anyU32 });
const anyLink = anyOf({
  address: anyMac,
  name: anyText,
  mtu: anyU32,
  port: anyPort,
  ports: fc.array(anyPort, { maxLength: 3 }),
});

attributeLaws(link, anyLink);

describe('an attribute set', () => {
  it('aligns each attribute to 4 bytes and marks what is nested', () => {
    const nest = NLA.F_NESTED >> 8;
    expect([...encode(link, { name: 'lo', port: { state: 3 } })]).toEqual([
      ...[7, 0, 3, 0, 0x6c, 0x6f, 0, 0],
      ...[12, 0, 12, nest, 5, 0, 1, 0, 3, 0, 0, 0],
    ]);
  });

  it('reads attributes in any order, the nested ones with or without their mark', () => {
    const bytes = Uint8Array.of(12, 0, 12, 0, 5, 0, 1, 0, 3, 0, 0, 0, 7, 0, 3, 0, 0x6c, 0x6f, 0, 0);
    expect(decode(link, bytes)).toEqual({ name: 'lo', port: { state: 3 } });
  });

  it('leaves out a field given as undefined', () => {
    expect(encode(link, { name: undefined, mtu: undefined })).toHaveLength(0);
  });

  it('keeps a known attribute that is of another kind, such as the 4-byte address of a tunnel', () => {
    const bytes = Uint8Array.of(8, 0, 1, 0, 192, 0, 2, 1);
    const value = decode(link, bytes);
    expect(value).toEqual({ unknown: [{ type: 1, payload: Uint8Array.of(192, 0, 2, 1) }] });
    expect(encode(link, value)).toEqual(bytes);
  });

  it('names the field that is wrong', () => {
    expect(() => encode(link, { port: { cost: -1 } })).toThrow(
      'link.port: port.cost: u32: -1 is not in 0..4294967295',
    );
    expect(() => decode(link, Uint8Array.of(6, 0, 4, 0, 1, 2, 0, 0))).toThrow(
      'link.mtu: u32: expected 4 bytes, got 2',
    );
  });

  it('refuses a length below its own header or past the end', () => {
    expect(() => decode(link, Uint8Array.of(3, 0, 4, 0))).toThrow(CodecError);
    expect(() => decode(link, Uint8Array.of(9, 0, 4, 0, 1, 2, 3, 4))).toThrow(CodecError);
  });

  it('refuses a payload that its 16-bit length cannot tell', () => {
    const big = attrs('big', { data: attr(1, raw) });
    expect(encode(big, { data: new Uint8Array(0xffff - NLA.HDRLEN) })).toHaveLength(0x10000);
    expect(() => encode(big, { data: new Uint8Array(0x10000 - NLA.HDRLEN) })).toThrow(
      'big.data: raw: 65536 bytes do not fit an attribute',
    );
  });

  it('has a type of its fields, each of which may be absent', () => {
    const value: Infer<typeof link> = { mtu: 1500, address: Mac.parse('02:42:0a:01:00:02') };
    // @ts-expect-error a number where text belongs
    value.name = 7;
    // @ts-expect-error a name that is not declared
    value.ifname = 'eth0';
    // @ts-expect-error a field of a nested set that is not declared
    value.port = { hairpin: 1 };
    // @ts-expect-error bytes where an address value belongs
    value.address = new Uint8Array(6);
    expect(value.mtu).toBe(1500);
  });
});

describe('locate', () => {
  const bytes = encode(link, { name: 'lo', port: { state: 3, cost: 4 }, ports: [{ cost: 1 }, { state: 2 }] });
  const view = new DataView(bytes.buffer);
  it.each([
    [0, ['name']],
    [5, ['name']],
    [8, ['port']],
    [12, ['port', 'state']],
    [20, ['port', 'cost']],
    [24, ['port', 'cost']],
    [28, ['ports']],
    [36, ['ports', '[0]', 'cost']],
    [44, ['ports', '[1]']],
    [52, ['ports', '[1]', 'state']],
    [-4, []],
    [400, []],
  ])('finds the field at byte %i', (offset, path) => {
    expect(link.locate?.(view, offset)).toEqual(path);
  });

  it('tells an unknown attribute by its number', () => {
    const foreign = encode(link, { unknown: [{ type: 99, payload: new Uint8Array(4) }] });
    expect(link.locate?.(new DataView(foreign.buffer), 4)).toEqual(['attribute 99']);
  });
});
