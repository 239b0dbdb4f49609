// How values of a configuration are read.
//
// A plugin lives for one call, nearly all configurations are right, and making a schema costs more than using it. So what
// is right is recognized without schemas, and they are made to tell what is wrong.

import type * as z from 'zod/mini';

/**
 * How a value is read. What `quick` recognizes as right needs no schema; the schema is for telling what is wrong with the
 * rest.
 */
export interface Reader<Output> {
  /** The value as it is to be used; undefined when anything is wrong with it. */
  readonly quick: (value: unknown) => Output | undefined;
  /** The schema, made with zod at the first call. */
  readonly schema: (zod: Zod) => z.ZodMiniType<Output>;
}

/** zod, which is loaded when there is something wrong to tell: that alone takes a process 2 ms. */
export type Zod = typeof z;

/** What a reader makes of a value. */
export type Output<R> = R extends Reader<infer Value> ? Value : never;

/** A reader out of its two halves, which must agree about what is right. */
export function reader<Output>(
  make: (zod: Zod) => z.ZodMiniType<Output>,
  quick: (value: unknown) => Output | undefined,
): Reader<Output> {
  let made: z.ZodMiniType<Output> | undefined;
  return { quick, schema: (zod) => (made ??= make(zod)) };
}

/** Any text. */
export const text = reader(
  (z) => z.string(),
  (value) => (typeof value === 'string' ? value : undefined),
);

/** True or false. */
export const boolean = reader(
  (z) => z.boolean(),
  (value) => (typeof value === 'boolean' ? value : undefined),
);

/** Whatever JSON has. */
export const unknown = reader<unknown>(
  (z) => z.unknown(),
  (value) => value,
);

/** An integer from `low` to `high`; encoding/json refuses a fraction for one. */
export function integer(low: number, high: number): Reader<number> {
  return reader(
    (z) => z.int().check(z.minimum(low), z.maximum(high)),
    (value) =>
      Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high
        ? Number(value)
        : undefined,
  );
}

/** A list whose items are read by `item`. */
export function list<Item>(item: Reader<Item>): Reader<Item[]> {
  const quick = (value: unknown): Item[] | undefined => {
    if (!Array.isArray(value)) return undefined;
    const items: Item[] = [];
    for (const one of value) {
      const settled = item.quick(one);
      if (settled === undefined) return undefined;
      items.push(settled);
    }
    return items;
  };
  return reader((z) => z.array(item.schema(z)), quick);
}

/** Texts in a list. */
export const texts = list(text);

/** Texts under keys of any name. */
export const textMap = reader<Record<string, string>>(
  (z) => z.record(z.string(), z.string()),
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const isText = Object.values(value).every((one) => typeof one === 'string');
    return isText ? (value as Record<string, string>) : undefined;
  },
);

/** Tells what is wrong: under which keys of the value (none: the value itself), and why. */
export type Report = (path: readonly PropertyKey[], message: string) => void;

/** What `base` reads, if `check` has nothing to report of it. */
export function checked<Value>(
  base: Reader<Value>,
  check: (value: Value, report: Report) => void,
): Reader<Value> {
  const quick = (value: unknown): Value | undefined => {
    const settled = base.quick(value);
    let isRight = settled !== undefined;
    if (settled !== undefined) check(settled, () => (isRight = false));
    return isRight ? settled : undefined;
  };
  const refinement = (z: Zod) =>
    z.superRefine<Value>((value, context) => {
      check(value, (path, message) => {
        const input = path.reduce<unknown>(
          (inner, key) => (inner as Record<PropertyKey, unknown>)[key],
          value,
        );
        context.addIssue({ code: 'custom', path: [...path], input, message });
      });
    });
  return reader((z) => base.schema(z).check(refinement(z)), quick);
}
