import fc from 'fast-check';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { Refusal } from './refusal.ts';
import { decodeRequest, encodeRequest, MAX_REQUEST } from './request.ts';

const text = fc.string({ unit: 'binary' }).map((one) => one.toWellFormed().replaceAll('\0', ''));
const name = fc
  .tuple(fc.constantFrom('CNI_', 'TSNET_'), text)
  .map(([prefix, rest]) => prefix + rest.replaceAll('=', ''));
const request = fc.record({
  plugin: text.filter((one) => one !== ''),
  env: fc.dictionary(fc.oneof(name, fc.constant('TRACEPARENT')), text, { noNullPrototype: true }),
  stdin: fc.uint8Array({ maxLength: 2000 }),
});

const greeting = `tsnet ${packageJson.version}`;
const bytesOf = (...fields: string[]): Uint8Array => Buffer.from(fields.map((one) => `${one}\0`).join(''));
const refusalOf = (bytes: Uint8Array): string => {
  try {
    decodeRequest(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).message;
  }
  return 'none';
};

test('what is written is read', () => {
  fc.assert(
    fc.property(request, (one) => {
      const read = decodeRequest(encodeRequest(one));
      expect({ ...read, stdin: [...read.stdin] }).toEqual({ ...one, stdin: [...one.stdin] });
    }),
  );
});

test('any bytes are a request or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(refusalOf(bytes)).not.toBe('');
    }),
  );
});

test('a request with bytes changed, cut off or put in is one still, or refused', () => {
  const change = fc.record({ at: fc.nat(400), cut: fc.nat(20), put: fc.uint8Array({ maxLength: 20 }) });
  fc.assert(
    fc.property(request, change, (one, { at, cut, put }) => {
      const bytes = encodeRequest(one);
      const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
      expect(refusalOf(changed)).not.toBe('');
    }),
  );
});

test('what is read does not change with the buffer that it came in', () => {
  const bytes = Buffer.from(encodeRequest({ plugin: 'bridge', env: {}, stdin: Buffer.from('{}') }));
  const { stdin } = decodeRequest(bytes);
  bytes.fill(0);
  expect(Buffer.from(stdin).toString()).toBe('{}');
});

test.each([
  ['no field', new Uint8Array(), 'ends within its fields'],
  ['no empty field', bytesOf(greeting, 'bridge'), 'ends within its fields'],
  ['another program', bytesOf('curl 8', 'bridge', ''), 'no request of tsnet'],
  ['another version', bytesOf('tsnet 0.0.0', 'bridge', ''), 'tsnet 0.0.0'],
  ['no plugin', bytesOf(greeting, ''), 'no plugin'],
  ['a variable of others', bytesOf(greeting, 'bridge', 'PATH=/bin', ''), 'none of CNI_*'],
  ['no value', bytesOf(greeting, 'bridge', 'CNI_COMMAND', ''), 'none of CNI_*'],
  ['a variable twice', bytesOf(greeting, 'bridge', 'CNI_A=1', 'CNI_A=2', ''), 'CNI_A twice'],
  ['bytes that are no text', Buffer.concat([bytesOf(greeting), Buffer.from([0xff, 0, 0])]), 'UTF-8'],
  ['too long', new Uint8Array(MAX_REQUEST + 1), 'more than 131072 bytes'],
])('refused: %s', (_, bytes, reason) => {
  expect(refusalOf(bytes)).toContain(reason);
});

test('whoever takes over may be of another version', () => {
  expect(decodeRequest(bytesOf('tsnet 99.0.0', 'daemon', '')).plugin).toBe('daemon');
});
