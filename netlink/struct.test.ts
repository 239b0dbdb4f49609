import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyS32, anyU16, anyU8 } from '../test/arbitrary.ts';
import { codecLaws } from '../test/codec-laws.ts';
import { decode, encode } from './codec.ts';
import type { Infer } from './codec.ts';
import { pad, s32, u16be, u8 } from './scalar.ts';
import { struct } from './struct.ts';

const header = struct('header', { family: u8, reserved: pad(1), port: u16be, index: s32 });

codecLaws(header, fc.record({ family: anyU8, port: anyU16, index: anyS32 }));

describe('struct', () => {
  it('lays its fields one behind the other', () => {
    expect(header.offsets).toEqual({ family: 0, reserved: 1, port: 2, index: 4 });
    expect(header.bytes).toBe(8);
    expect([...encode(header, { family: 2, port: 80, index: 0 })]).toEqual([2, 0, 0, 80, 0, 0, 0, 0]);
  });

  it('makes a value of zeros but the given fields', () => {
    expect(header.make({ port: 80 })).toEqual({ family: 0, port: 80, index: 0 });
  });

  it('holds another one', () => {
    const outer = struct('outer', { kind: u8, header });
    expect(outer.offsets).toEqual({ kind: 0, header: 1 });
    expect(outer.make({ kind: 7 })).toEqual({ kind: 7, header: { family: 0, port: 0, index: 0 } });
    expect([...encode(outer, outer.make({ kind: 7 }))]).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0]);
    const wrong = { kind: 7, header: header.make({ family: 256 }) };
    expect(() => encode(outer, wrong)).toThrow('outer.header: header.family: u8: 256 is not in 0..255');
  });

  it('names the field that is wrong', () => {
    expect(() => encode(header, header.make({ family: 256 }))).toThrow(
      'header.family: u8: 256 is not in 0..255',
    );
    expect(() => decode(header, new Uint8Array(5))).toThrow('header.index: bytes: expected 4 at 4, got 1');
  });

  it('has a type of its fields without the reserved ones', () => {
    const value: Infer<typeof header> = { family: 1, port: 2, index: 3 };
    // @ts-expect-error a field that the header has not
    value.scope = 1;
    // @ts-expect-error bytes that the format reserves
    value.reserved = undefined;
    // @ts-expect-error text where a number belongs
    value.port = '80';
    // @ts-expect-error a name that make does not know
    expect(Object.keys(header.make({ name: 1 }))).toContain('name');
  });
});
