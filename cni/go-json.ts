// JSON objects as Go programs read them, since the configurations in the field were written for them and by them.

import type { core, ZodMiniType } from 'zod/mini';
import { reader } from './reader.ts';
import type { Reader, Zod } from './reader.ts';

/** A key of an object: how its value is read, and what stands for it when it is absent. */
export interface Field<Output> {
  readonly reader: Reader<Output>;
  readonly isRequired: boolean;
  readonly standard: Output | undefined;
}

/** A key that must be there. */
export function required<Output>(reader: Reader<Output>): Field<Output> {
  return { reader, isRequired: true, standard: undefined };
}

/** A key that may be absent. */
export function optional<Output>(reader: Reader<Output>): Field<Output | undefined> {
  return { reader, isRequired: false, standard: undefined };
}

/** A key that stands for `standard` when it is absent. */
export function withDefault<Output>(standard: Output, reader: Reader<Output>): Field<Output> {
  return { reader, isRequired: false, standard };
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
export function goObject<const S extends Shape>(shape: S): Reader<ShapeOutput<S>> {
  const fields = Object.entries(shape) as [string, Field<unknown>][];
  const known = new Map(fields.flatMap(([key]) => [key.toLowerCase(), key].map((name) => [name, key])));
  const quick = (value: unknown): ShapeOutput<S> | undefined => {
    if (!isObject(value)) return undefined;
    const output = withKnownKeys(value, known);
    for (const [key, { reader, isRequired, standard }] of fields) {
      const isAbsent = output[key] === undefined;
      const settled = isAbsent ? standard : reader.quick(output[key]);
      if (settled !== undefined) output[key] = settled;
      else if (!isAbsent || isRequired) return undefined;
    }
    return output as ShapeOutput<S>;
  };
  return reader((z) => objectSchema<S>(z, fields, known), quick);
}

function objectSchema<S extends Shape>(
  z: Zod,
  fields: readonly [string, Field<unknown>][],
  known: ReadonlyMap<string, string>,
): ZodMiniType<ShapeOutput<S>> {
  return z.transform((value: unknown, context) => {
    if (!isObject(value)) {
      context.issues.push({ code: 'invalid_type', expected: 'object', input: value });
      return z.NEVER;
    }
    const output = withKnownKeys(value, known);
    for (const [key, { reader, isRequired, standard }] of fields) {
      if (!isRequired && output[key] === undefined) {
        if (standard !== undefined) output[key] = standard;
        continue;
      }
      const parsed = read(z, reader.schema(z), output[key]);
      if (parsed.issues.length === 0) output[key] = parsed.value;
      else context.issues.push(...z.core.util.prefixIssues(key, parsed.issues));
    }
    return output as ShapeOutput<S>;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// What safeParse does, but with issues that can be given a longer path.
function read(z: Zod, schema: ZodMiniType, value: unknown): core.ParsePayload {
  const payload = schema._zod.run({ value, issues: [] }, { async: false, reportInput: true });
  if (payload instanceof Promise) throw new z.core.$ZodAsyncError();
  return payload;
}

const isPresent = (item: unknown): boolean => item !== undefined && item !== null && item !== '';

function withKnownKeys(value: object, known: ReadonlyMap<string, string>): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    const name = known.get(key) ?? known.get(key.toLowerCase());
    if (name === undefined) keep(output, key, item);
    else if (isPresent(item) && (name === key || !isPresent((value as Record<string, unknown>)[name])))
      output[name] = item;
  }
  return output;
}

// JSON may name a key so; assigned to, it would be the object's prototype.
function keep(output: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') output[key] = value;
  else Object.defineProperty(output, key, { value, enumerable: true, writable: true, configurable: true });
}
