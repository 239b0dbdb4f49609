import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf, anyS32, anyText, anyU16, anyU32, anyUnknown } from '../test/arbitrary.ts';
import { codecLaws } from '../test/codec-laws.ts';
import { attr, attrs, nested } from './attributes.ts';
import { CodecError } from './codec.ts';
import { concatenate, decodeBody, encodeMessage, locateField, nlmsghdr, splitMessages } from './message.ts';
import type { Request } from './message.ts';
import { cstring, pad, s32, u32, u8 } from './scalar.ts';
import { struct } from './struct.ts';

codecLaws(
  nlmsghdr,
  fc.record({ length: anyU32, type: anyU16, flags: anyU16, sequence: anyU32, port: anyU32 }),
);

const header = struct('header', { index: s32, state: u8, reserved: pad(1) });
const attributes = attrs('thing', {
  name: attr(1, cstring),
  inner: nested(2, attrs('inner', { size: attr(3, u32) })),
});

function request(body: typeof example): Request<{ index: number; state: number }, object> {
  return { operation: 'NEWTHING', type: 77, flags: 0x400, format: { header, attributes }, body };
}

const example = { header: { index: 7, state: 1 }, attributes: { name: 'a', inner: { size: 5 } } };
const anyBody = fc.record({
  header: fc.record({ index: anyS32, state: fc.constant(1) }),
  attributes: anyOf({ name: anyText, inner: anyOf({ size: anyU32 }), unknown: anyUnknown }) as fc.Arbitrary<
    typeof example.attributes
  >,
});

describe('a message', () => {
  it('is a header, a family header and attributes, each aligned to 4 bytes', () => {
    expect([...encodeMessage(request(example), 0x5, 9)].map((byte) => byte.toString(16)).join(' ')).toBe(
      [
        ['2c', 0, 0, 0, '4d', 0, 5, 4, 9, 0, 0, 0, 0, 0, 0, 0],
        [7, 0, 0, 0, 1, 0, 0, 0],
        [6, 0, 1, 0, 61, 0, 0, 0, 'c', 0, 2, 80, 8, 0, 3, 0, 5, 0, 0, 0],
      ]
        .flat()
        .join(' '),
    );
  });

  it('is read as it was written, alone or behind others', () => {
    fc.assert(
      fc.property(fc.array(anyBody, { minLength: 1, maxLength: 4 }), anyU32, (bodies, sequence) => {
        const bytes = concatenate(bodies.map((body) => encodeMessage(request(body), 1, sequence)));
        const messages = [...splitMessages(bytes)];
        expect(messages.map(({ type, flags }) => ({ type, flags }))).toEqual(
          bodies.map(() => ({ type: 77, flags: 0x401 })),
        );
        expect(messages.every((message) => message.sequence === sequence)).toBe(true);
        const format = { header, attributes };
        expect(messages.map(({ payload }) => decodeBody(format, payload, header.bytes))).toEqual(bodies);
      }),
    );
  });

  it('is refused when it reaches past the end or is shorter than its header', () => {
    const bytes = encodeMessage(request(example), 0, 1);
    for (let length = nlmsghdr.bytes; length < bytes.length; length++) {
      expect(() => [...splitMessages(bytes.subarray(0, length))]).toThrow(CodecError);
    }
    expect(() => [...splitMessages(Uint8Array.of(15, ...bytes.subarray(1)))]).toThrow(CodecError);
  });

  it('is refused when its family header is cut off', () => {
    expect(() => decodeBody({ header, attributes }, new DataView(new ArrayBuffer(6)), header.bytes)).toThrow(
      CodecError,
    );
  });
});

describe('locateField', () => {
  const asked = request(example);
  const bytes = encodeMessage(asked, 0, 1);
  it.each([
    [24, 'thing.name'],
    [36, 'thing.inner.size'],
    [40, 'thing.inner.size'],
    [17, ''],
    [4000, ''],
  ])('finds the field at byte %i of the message', (offset, path) => {
    expect(locateField(asked, bytes, offset).join('.')).toBe(path);
  });
});
