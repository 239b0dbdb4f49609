import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import * as zod from 'zod/mini';
import { cidrText, ipText, macText, maskedCidrText, requestedAddressText } from './address-text.ts';
import { amount, capabilities } from './capabilities.ts';
import { networkConfig } from './config.ts';
import { goObject, optional } from './go-json.ts';
import { ipRangeShape, rangeSet } from './ip-range.ts';
import { boolean, checked, integer, list, reader, text, textMap, texts, unknown } from './reader.ts';
import type { Reader } from './reader.ts';
import { configRoute } from './route.ts';

const even = checked(integer(0, 100), (value, report) => {
  if (value % 2 !== 0) report([], 'not even');
});

const readers: Record<string, Reader<unknown>> = {
  text,
  texts,
  textMap,
  boolean,
  unknown,
  even,
  integer: integer(-5, 5),
  amount,
  ipText,
  cidrText,
  macText,
  maskedCidrText,
  requestedAddressText,
  rangeSet,
  range: goObject(ipRangeShape),
  configRoute,
  capabilities,
  networkConfig: networkConfig({}),
};

// Values near what configurations have, so that some are right and most are nearly so.
const leaf = fc.oneof(
  fc.constantFrom('', 'tcp', 'UDP', '10.1.0.0/24', '10.1.0.7', '10.1.0.7/24', 'fd00::/64', 'fd00::7', 'x'),
  fc.constantFrom('02:42:0a:01:00:02', null, true, false, [], {}),
  fc.integer({ min: -10, max: 70000 }),
  fc.double(),
);
const keys = [
  'subnet',
  'rangeStart',
  'gateway',
  'dst',
  'gw',
  'hostPort',
  'containerPort',
  'protocol',
  'ips',
  'mac',
];
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(...keys, 'portMappings', 'ipRanges', 'runtimeConfig', 'args', 'cni', 'dns', 'Subnet'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}));

test.each(Object.entries(readers))('%s: the quick way and the schema agree', (_, { quick, schema }) => {
  fc.assert(
    fc.property(anything, (value) => {
      const settled = quick(value);
      const parsed = schema(zod).safeParse(value);
      if (settled === undefined) expect(parsed.success).toBe(false);
      else expect(parsed.data).toEqual(settled);
    }),
    { numRuns: 300 },
  );
});

test('a schema is made when something is wrong, and once', () => {
  const make = vi.fn(() => zod.string());
  const object = goObject({ key: optional(reader(make, (value) => (value === 'a' ? 'a' : undefined))) });
  expect(object.quick({ key: 'a' })).toEqual({ key: 'a' });
  expect(make).not.toHaveBeenCalled();
  for (const value of [1, 2]) expect(object.schema(zod).safeParse({ key: value }).success).toBe(false);
  expect(make).toHaveBeenCalledTimes(1);
});

test('what a check reports has its path and the value found there', () => {
  const pairs = checked(list(goObject({ a: optional(text), b: optional(text) })), (all, report) => {
    for (const [i, { a, b }] of all.entries()) if (a === b) report([i, 'b'], 'the same as a');
  });
  expect(pairs.quick([{ a: 'x', b: 'y' }])).toEqual([{ a: 'x', b: 'y' }]);
  const value = [
    { a: 'x', b: 'y' },
    { a: 'z', b: 'z' },
  ];
  expect(pairs.quick(value)).toBeUndefined();
  const issues = pairs.schema(zod).safeParse(value, { reportInput: true }).error?.issues;
  expect(issues).toMatchObject([{ path: [1, 'b'], message: 'the same as a', input: 'z' }]);
});
