import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { flag, many, message, number, one, text } from './protobuf.ts';

const inner = message({ name: one(1, text), port: one(2, number) });
const outer = message({
  id: one(1, text),
  isOn: one(2, flag),
  inner: one(3, inner),
  all: many(16, inner),
  words: many(200, text),
});

test('the bytes are those of the documentation', () => {
  // protobuf.dev: Test1 { int32 a = 1 } with 150, Test2 { string b = 2 } with "testing".
  expect(message({ a: one(1, number) }).encode({ a: 150 })).toEqual(Buffer.from('089601', 'hex'));
  expect(
    message({ b: one(2, text) })
      .encode({ b: 'testing' })
      .toString('hex'),
  ).toBe('120774657374696e67');
});

test('what has its default is not sent; what was not sent has it', () => {
  const silent = { id: '', isOn: false, inner: { name: '', port: 0 }, all: [], words: [] };
  expect(outer.encode(silent)).toHaveLength(0);
  expect(outer.decode(Buffer.alloc(0))).toEqual(silent);
  expect(outer.decode(outer.encode({ all: [{}, {}] })).all).toHaveLength(2);
});

test('a message that was written is read again', () => {
  const values = fc.record({ name: fc.string(), port: fc.nat() });
  const messages = fc.record({
    id: fc.string(),
    isOn: fc.boolean(),
    inner: values,
    all: fc.array(values),
    words: fc.array(fc.string()),
  });
  fc.assert(
    fc.property(messages, (value) => {
      expect(outer.decode(outer.encode(value))).toEqual(value);
    }),
  );
});

test('fields that are not declared are skipped, whatever their type; a message that is cut off is refused', () => {
  const unknown = Buffer.from('0896010d01020304110102030405060708', 'hex');
  const known = message({ name: one(4, text) }).encode({ name: 'x' });
  expect(message({ name: one(4, text) }).decode(Buffer.concat([unknown, known]))).toEqual({ name: 'x' });
  expect(() => inner.decode(Buffer.from('0a05', 'hex'))).toThrow('cut off');
  expect(() => inner.decode(Buffer.from('0b', 'hex'))).toThrow('wire type 3');
});
