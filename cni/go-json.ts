// JSON as Go programs read it, since the configurations in the field were written for them and by them.

import * as z from 'zod';

// zod would compile a parser at the first use of a schema; ours are used once.
z.config({ jitless: true });

/**
 * An object whose keys match without regard to case (an exact match is preferred), where `null` and `""` count as
 * absent and unknown keys are kept. That is how encoding/json fills a struct; go-cni, for one, sends `HostPort`.
 */
export function goObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  return z.preprocess((value) => withKnownKeys(value, known), z.looseObject(shape));
}

/** An integer; encoding/json refuses a fraction for one. */
export const goInt = z.int();

function withKnownKeys(value: unknown, known: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
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
