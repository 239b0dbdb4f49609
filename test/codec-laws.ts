// The laws that every wire format obeys, whatever it is made of.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attr, writeAttribute } from '../netlink/attributes.ts';
import type { UnknownAttribute } from '../netlink/attributes.ts';
import { CodecError, decode, encode } from '../netlink/codec.ts';
import type { Codec } from '../netlink/codec.ts';
import { raw } from '../netlink/scalar.ts';
import { anyUnknown } from './arbitrary.ts';

const OFFSET = 12;
const BEHIND = 9;

/** `bytes` inside a bigger buffer whose other bytes are all `filling`. */
function surrounded(bytes: Uint8Array, filling: number): Uint8Array {
  const bigger = new Uint8Array(OFFSET + bytes.length + BEHIND).fill(filling);
  bigger.set(bytes, OFFSET);
  return bigger.subarray(OFFSET, OFFSET + bytes.length);
}

/** What reading gives: a value, or the text of the CodecError; any other error breaks the law. */
function outcome<T>(codec: Codec<T>, bytes: Uint8Array): { value: T } | { refusal: string } {
  try {
    return { value: decode(codec, bytes) };
  } catch (error) {
    if (error instanceof CodecError) return { refusal: error.message };
    throw error;
  }
}

/** Declares tests that `codec` obeys the laws for all of `values`. */
export function codecLaws<T>(codec: Codec<T>, values: fc.Arbitrary<T>): void {
  const check = (law: (value: T) => void): void => fc.assert(fc.property(values, law));
  describe(`the laws of ${codec.name}`, () => {
    it('reads what it wrote, and writes that again', () => {
      check((value) => {
        const bytes = encode(codec, value);
        expect(decode(codec, bytes)).toEqual(value);
        expect(encode(codec, decode(codec, bytes))).toEqual(bytes);
      });
    });

    it('writes up to the end that it tells, and nothing around that', () => {
      check((value) => {
        const { length } = encode(codec, value);
        const bytes = surrounded(new Uint8Array(length), 0xee);
        const end = codec.write(value, new DataView(bytes.buffer), OFFSET);
        expect(end).toBe(OFFSET + length);
        expect(new Uint8Array(bytes.buffer)).toEqual(
          new Uint8Array(surrounded(encode(codec, value), 0xee).buffer),
        );
      });
    });

    it('reads the same inside a bigger buffer', () => {
      check((value) => {
        expect(decode(codec, surrounded(encode(codec, value), 0xee))).toEqual(value);
      });
    });

    it('never reads past the end, and refuses truncated bytes with CodecError alone', () => {
      fc.assert(
        fc.property(values, fc.nat(), (value, cut) => {
          const bytes = encode(codec, value);
          const some = bytes.subarray(0, cut % (bytes.length + 1));
          const here = outcome(codec, surrounded(some, 0x00));
          expect(outcome(codec, surrounded(some, 0xff))).toEqual(here);
        }),
        { numRuns: 300 },
      );
    });

    it('refuses any bytes with CodecError alone, or can write again what it read', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
          const read = outcome(codec, bytes);
          if ('value' in read) expect(decode(codec, encode(codec, read.value))).toEqual(read.value);
        }),
      );
    });
  });
}

function behind(bytes: Uint8Array, unknown: readonly UnknownAttribute[]): Uint8Array {
  const longer = new Uint8Array(
    bytes.length + unknown.reduce((sum, { payload }) => sum + 8 + payload.length, 0),
  );
  longer.set(bytes);
  const view = new DataView(longer.buffer);
  let at = bytes.length;
  for (const { type, payload } of unknown) at = writeAttribute(attr(type, raw), payload, view, at);
  return longer.slice(0, at);
}

/** The laws of an attribute set: those of every format, and that what it does not know stays as it is. */
export function attributeLaws<T extends { unknown?: UnknownAttribute[] | undefined }>(
  codec: Codec<T>,
  values: fc.Arbitrary<T>,
): void {
  codecLaws(codec, values);
  it(`${codec.name} keeps unknown attributes and writes them back byte for byte`, () => {
    fc.assert(
      fc.property(values, anyUnknown, (value, unknown) => {
        const bytes = behind(encode(codec, value), unknown);
        const read = decode(codec, bytes);
        expect(read).toEqual({ ...value, unknown });
        expect(encode(codec, read)).toEqual(bytes);
      }),
    );
  });
}
