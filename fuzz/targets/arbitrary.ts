// Inputs from scratch, with the form that the readers expect: fast-check makes them.
import fc from 'fast-check';

const header = fc.uint8Array({ minLength: 0, maxLength: 24 });

/** An attribute around a payload, with a length that may lie and flags in its type. */
function attribute(payload: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const type = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 0x4000, 0x8000));
  const lie = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: -8, max: 8 }));
  return fc.tuple(type, lie, payload).map(([[number, flags], off, body]) => {
    const bytes = Buffer.alloc((4 + body.length + 3) & ~3);
    bytes.writeUInt16LE((4 + body.length + off) & 0xffff, 0);
    bytes.writeUInt16LE(number | flags, 2);
    bytes.set(body, 4);
    return bytes;
  });
}

const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
  tree: attribute(
    fc.oneof(
      { maxDepth: 6, withCrossShrink: false },
      fc.uint8Array({ maxLength: 20 }),
      fc.array(tie('tree'), { maxLength: 4 }).map((some) => new Uint8Array(Buffer.concat(some))),
    ),
  ),
}));

/** A netlink message of one of these types: header, family header of any length, attributes in attributes. */
export function anyMessage(types: readonly number[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...types), header, fc.array(tree, { maxLength: 6 }))
    .map(([type, family, attributes]) => {
      const body = Buffer.concat([family, ...attributes]);
      const bytes = Buffer.alloc(16 + body.length);
      bytes.writeUInt32LE(bytes.length, 0);
      bytes.writeUInt16LE(type, 4);
      bytes.set(body, 16);
      return bytes;
    });
}

/** An object of JSON whose keys are among these words, as text. */
export function anyJson(words: readonly string[]): fc.Arbitrary<Uint8Array> {
  const keys = words.filter((word) => word.endsWith(':') && word.length > 1);
  const values = words.filter((word) => /^["\d\-tfn]/.test(word) && !word.endsWith(':'));
  const { object } = fc.letrec<{ object: string; value: string }>((tie) => ({
    object: fc
      .array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 6 })
      .map((members) => `{${members.map(([key, value]) => `${key}${value}`).join(',')}}`),
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(...values),
      fc.json(),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    ),
  }));
  return object.map((text) =>
    Buffer.from(text.replace('{', '{"name":"n","cniVersion":"1.1.0",').replace(',}', '}')),
  );
}
