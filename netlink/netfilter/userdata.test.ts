import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../test/arbitrary.ts';
import { codecLaws } from '../../test/codec-laws.ts';
import { CodecError, decode, encode } from '../codec.ts';
import { comment } from './userdata.ts';

codecLaws(comment, anyText);

describe('a comment', () => {
  it('is a type, a length, the text and a NUL', () => {
    expect([...encode(comment, 'ab')]).toEqual([0, 3, 0x61, 0x62, 0]);
  });

  it('is cut at 127 bytes, never inside a character', () => {
    expect(decode(comment, encode(comment, 'x'.repeat(200)))).toBe('x'.repeat(127));
    expect(decode(comment, encode(comment, '€'.repeat(50)))).toBe('€'.repeat(42));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 60, maxLength: 200 }), (text) => {
        const bytes = encode(comment, text);
        expect(bytes.length).toBeLessThanOrEqual(130);
        expect(text.startsWith(decode(comment, bytes))).toBe(true);
      }),
    );
  });

  it('is not what other user data is', () => {
    expect(() => decode(comment, Uint8Array.of(1, 2, 0x61, 0))).toThrow(CodecError);
    expect(() => decode(comment, Uint8Array.of(0, 9, 0x61, 0))).toThrow(CodecError);
    expect(() => decode(comment, new Uint8Array(0))).toThrow(CodecError);
  });
});
