import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod/mini';
import { goObject, integer, optional, required, text, withDefault } from './go-json.ts';

const schema = goObject({
  hostPort: required(integer(0, 2 ** 31)),
  hostIP: optional(text),
  mode: withDefault('a', text),
});

test('keys match in any case', () => {
  expect(schema.parse({ HostPort: 1, HOSTIP: 'x' })).toEqual({ hostPort: 1, hostIP: 'x', mode: 'a' });
});

test('the exact key wins, wherever it stands', () => {
  expect(schema.parse({ hostPort: 1, HostPort: 2 }).hostPort).toBe(1);
  expect(schema.parse({ HostPort: 2, hostPort: 1 }).hostPort).toBe(1);
});

test('null and "" count as absent', () => {
  expect(schema.parse({ hostPort: 1, hostIP: null, mode: '' })).toEqual({ hostPort: 1, mode: 'a' });
  expect(schema.safeParse({ hostPort: null }).success).toBe(false);
});

test('unknown keys are kept as they are', () => {
  const json = JSON.parse('{"hostPort": 1, "Other": null, "__proto__": {"x": 1}}') as object;
  const parsed = schema.parse(json);
  expect(parsed).toMatchObject({ Other: null });
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

test('a fraction is no integer, and other values are no object', () => {
  expect(schema.safeParse({ hostPort: 1.5 }).success).toBe(false);
  expect(schema.safeParse({ hostPort: '1' }).success).toBe(false);
  for (const value of [null, [], 'x', 1]) expect(schema.safeParse(value).success).toBe(false);
});

test('any spelling of a key means the same', () => {
  const spelling = fc.mixedCase(fc.constant('hostport'));
  fc.assert(
    fc.property(spelling, fc.nat(), (key, value) => {
      expect(schema.parse({ [key]: value }).hostPort).toBe(value);
    }),
  );
});

test('a schema is made when a value is there for it, and once', () => {
  let made = 0;
  const counted = goObject({
    key: optional(() => {
      made++;
      return z.string();
    }),
  });
  counted.parse({ other: 1 });
  expect(made).toBe(0);
  counted.parse({ key: 'a' });
  counted.parse({ KEY: 'b' });
  expect(made).toBe(1);
});

test('what is wrong is told with its path', () => {
  const outer = goObject({ list: required(() => z.array(schema)) });
  const { error } = outer.safeParse({ list: [{ hostPort: 1 }, { hostPort: 'x' }, {}] });
  expect(error?.issues.map(({ path }) => path)).toEqual([
    ['list', 1, 'hostPort'],
    ['list', 2, 'hostPort'],
  ]);
});

test('the type follows from the shape', () => {
  expectTypeOf(schema.parse({ hostPort: 1 }).mode).toEqualTypeOf<string>();
  expectTypeOf(schema.parse({ hostPort: 1 }).hostIP).toEqualTypeOf<string | undefined>();
});
