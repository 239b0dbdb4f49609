import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { explained } from '../test/explained.ts';
import { cidrText } from './address-text.ts';
import { goObject, optional, required } from './go-json.ts';
import { checked, integer, list, reader } from './reader.ts';
import { validate } from './validate.ts';

const bySchema = <Value>(schema: z.ZodMiniType<Value>) =>
  reader(
    () => schema,
    () => undefined,
  );

const config = goObject({
  mtu: optional(integer(0, 65535)),
  mode: optional(bySchema(z.enum(['l2', 'l3']))),
  vlan: optional(bySchema(z.union([z.int(), z.array(z.string())]))),
  nested: optional(list(goObject({ subnet: required(cidrText) }))),
});

test.each([
  [{ MTU: 'big' }, 'mtu "big": expected number, received string'],
  [{ mtu: 70000 }, 'mtu 70000: too big: expected number to be <=65535'],
  [{ mtu: 1.5 }, 'mtu 1.5: expected int, received number'],
  [{ mode: 'l4' }, 'mode "l4": expected one of "l2"|"l3"'],
  [{ vlan: true }, 'vlan true: expected number, received boolean, or expected array, received boolean'],
  [{ vlan: [1] }, 'vlan[0] 1: expected string, received number'],
  [{ nested: [{}] }, 'nested[0].subnet: missing'],
  [{ nested: {} }, 'nested {}: expected array, received object'],
  [[], 'configuration []: expected object, received array'],
])('%j is explained', (value, message) => {
  expect(() => explained(() => validate(config, value))).toThrow(
    expect.objectContaining({ cniCode: 7, message }),
  );
});

test('an address is named once, with its key', () => {
  const value = { nested: [{ subnet: '10.1.0.0/33' }] };
  expect(() => explained(() => validate(config, value, 'ipam'))).toThrow(
    /^ipam\.nested\[0\]\.subnet "10\.1\.0\.0\/33": [^"]+$/,
  );
});

test('a key that is missing can be what is wrong', () => {
  const needsMtu = checked(goObject({ mtu: optional(integer(0, 65535)) }), ({ mtu }, report) => {
    if (mtu === undefined) report(['mtu'], 'say how many bytes');
  });
  expect(() => explained(() => validate(needsMtu, {}))).toThrow(/^mtu: say how many bytes$/);
});

test('a long value is cut', () => {
  expect(() => explained(() => validate(config, { mtu: 'x'.repeat(1000) }))).toThrow(/^mtu "x{99}\.\.\.: /);
});
