// JSON as Go programs read it, since the configurations in the field were written for them and by them.
//
// A plugin lives for one call and sees few of the keys that it knows, and making a schema costs more than using it. So
// schemas are made when a value is there for them.

import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod would compile a parser at the first use of a schema; ours are used once.
z.config({ jitless: true, ...en() });

/** Makes something at the first call, and gives the same one from then on. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/**
 * How a value is read. What `quick` recognizes as right needs no schema; the schema is for all else, and for telling what
 * is wrong.
 */
export interface Reader<Output> {
  (): z.ZodMiniType<Output>;
  readonly quick?: (value: unknown) => Output | undefined;
}

/** A reader of single values, most of which `quick` settles. */
export function reader<Output>(
  make: () => z.ZodMiniType<Output>,
  quick: (value: unknown) => Output | undefined,
): Reader<Output> {
  return Object.assign(lazily(make), { quick });
}

/** A key of an object: how its value is read, and what stands for it when it is absent. */
export interface Field<Output> {
  readonly schema: Reader<Output>;
  readonly isRequired: boolean;
  readonly standard: Output | undefined;
}

/** A key that must be there. */
export function required<Output>(schema: Reader<Output>): Field<Output> {
  return { schema, isRequired: true, standard: undefined };
}

/** A key that may be absent. */
export function optional<Output>(schema: Reader<Output>): Field<Output | undefined> {
  return { schema, isRequired: false, standard: undefined };
}

/** A key that stands for `standard` when it is absent. */
export function withDefault<Output>(standard: Output, schema: Reader<Output>): Field<Output> {
  return { schema, isRequired: false, standard };
}

/** The keys of an object. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a field is read and written, so only any fits all
export type Shape = Record<string, Field<any>>;

type OptionalKeys<S extends Shape> = {
  [K in keyof S]: undefined extends FieldOutput<S[K]> ? K : never;
}[keyof S];
type FieldOutput<F> = F extends Field<infer Output> ? Output : never;

/** The value of an object of that shape. */
export type ShapeOutput<S extends Shape> = {
  [K in Exclude<keyof S, OptionalKeys<S>>]: FieldOutput<S[K]>;
} & { [K in OptionalKeys<S>]?: FieldOutput<S[K]> };

/**
 * An object whose keys match without regard to case (an exact match is preferred), where `null` and `""` count as
 * absent and unknown keys are kept. That is how encoding/json fills a struct; go-cni, for one, sends `HostPort`.
 */
export function goObject<const S extends Shape>(shape: S): z.ZodMiniType<ShapeOutput<S>> {
  const known = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  const schemas = new Map<string, z.ZodMiniType>();
  const schemaOf = (key: string, field: Field<unknown>): z.ZodMiniType => {
    let schema = schemas.get(key);
    if (schema === undefined) schemas.set(key, (schema = field.schema()));
    return schema;
  };
  return z.transform((value: unknown, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.issues.push({ code: 'invalid_type', expected: 'object', input: value });
      return z.NEVER;
    }
    const output = withKnownKeys(value, known);
    for (const [key, field] of Object.entries(shape) as [string, Field<unknown>][]) {
      if (!field.isRequired && output[key] === undefined) {
        if (field.standard !== undefined) output[key] = field.standard;
        continue;
      }
      const settled = field.schema.quick?.(output[key]);
      if (settled !== undefined) {
        output[key] = settled;
        continue;
      }
      const parsed = read(schemaOf(key, field), output[key]);
      if (parsed.issues.length === 0) output[key] = parsed.value;
      else context.issues.push(...z.core.util.prefixIssues(key, parsed.issues));
    }
    return output as ShapeOutput<S>;
  });
}

// What safeParse does, without its result object: a thousand ports are read by it four thousand times.
function read(schema: z.ZodMiniType, value: unknown): z.core.ParsePayload {
  const payload = schema._zod.run({ value, issues: [] }, { async: false, reportInput: true });
  if (payload instanceof Promise) throw new z.core.$ZodAsyncError();
  return payload;
}

/** Any text. */
export const text = reader(
  () => z.string(),
  (value) => (typeof value === 'string' ? value : undefined),
);

/** True or false. */
export const boolean = reader(
  () => z.boolean(),
  (value) => (typeof value === 'boolean' ? value : undefined),
);

/** Texts in a list. */
export const texts = lazily(() => z.array(z.string()));

/** An integer from `low` to `high`; encoding/json refuses a fraction for one. */
export function integer(low: number, high: number): Reader<number> {
  return reader(
    () => z.int().check(z.minimum(low), z.maximum(high)),
    (value) =>
      Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high
        ? Number(value)
        : undefined,
  );
}

function withKnownKeys(value: object, known: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = new Map<string, unknown>();
  const exact = new Set<string>();
  for (const [key, item] of Object.entries(value)) {
    const name = known.get(key.toLowerCase());
    if (name === undefined) entries.set(key, item);
    else if (item !== null && item !== '' && (name === key || !exact.has(name))) {
      entries.set(name, item);
      if (name === key) exact.add(name);
    }
  }
  return Object.fromEntries(entries);
}
