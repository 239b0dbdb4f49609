import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import * as zod from 'zod/mini';
import { goObject, optional, required, withDefault } from './go-json.ts';
import { integer, list, text } from './reader.ts';
import type { Output } from './reader.ts';

const object = goObject({
  hostPort: required(integer(0, 2 ** 31)),
  hostIP: optional(text),
  mode: withDefault('a', text),
});

// Both ways must agree, so every test asks both.
function parse(value: unknown): Output<typeof object> {
  const parsed = object.schema(zod).parse(value);
  expect(object.quick(value)).toEqual(parsed);
  return parsed;
}

function accepts(value: unknown): boolean {
  const { success } = object.schema(zod).safeParse(value);
  expect(object.quick(value) !== undefined).toBe(success);
  return success;
}

test('keys match in any case', () => {
  expect(parse({ HostPort: 1, HOSTIP: 'x' })).toEqual({ hostPort: 1, hostIP: 'x', mode: 'a' });
});

test('the exact key wins, wherever it stands', () => {
  expect(parse({ hostPort: 1, HostPort: 2 }).hostPort).toBe(1);
  expect(parse({ HostPort: 2, hostPort: 1 }).hostPort).toBe(1);
});

test('null and "" count as absent', () => {
  expect(parse({ hostPort: 1, hostIP: null, mode: '' })).toEqual({ hostPort: 1, mode: 'a' });
  expect(accepts({ hostPort: null })).toBe(false);
});

test('unknown keys are kept as they are', () => {
  const json = JSON.parse('{"hostPort": 1, "Other": null, "__proto__": {"x": 1}}') as object;
  const parsed = parse(json);
  expect(parsed).toMatchObject({ Other: null });
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

test('a fraction is no integer, and other values are no object', () => {
  expect(accepts({ hostPort: 1.5 })).toBe(false);
  expect(accepts({ hostPort: '1' })).toBe(false);
  for (const value of [null, [], 'x', 1]) expect(accepts(value)).toBe(false);
});

test('any spelling of a key means the same', () => {
  const spelling = fc.mixedCase(fc.constant('hostport'));
  fc.assert(
    fc.property(spelling, fc.nat(), (key, value) => {
      expect(parse({ [key]: value }).hostPort).toBe(value);
    }),
  );
});

test('what is wrong is told with its path', () => {
  const outer = goObject({ all: required(list(object)) });
  const { error } = outer.schema(zod).safeParse({ all: [{ hostPort: 1 }, { hostPort: 'x' }, {}] });
  expect(error?.issues.map(({ path }) => path)).toEqual([
    ['all', 1, 'hostPort'],
    ['all', 2, 'hostPort'],
  ]);
});

test('the type follows from the shape', () => {
  expectTypeOf(parse({ hostPort: 1 }).mode).toEqualTypeOf<string>();
  expectTypeOf(parse({ hostPort: 1 }).hostIP).toEqualTypeOf<string | undefined>();
});
