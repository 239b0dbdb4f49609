// JSON out of JSON: a value somewhere inside exchanged for another, taken away, doubled or put under another key.
import type { Random } from './random.ts';

type Holder = Record<string, unknown> | unknown[];

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

/** All objects and lists in a value, itself included. */
function holdersIn(value: unknown): Holder[] {
  return isHolder(value) ? [value, ...Object.values(value).flatMap(holdersIn)] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function change(holder: Holder, donors: readonly Holder[], words: readonly string[], random: Random): void {
  const keys = Object.keys(holder);
  const pieces = donors.flatMap((donor) => Object.values(donor) as unknown[]);
  const value: unknown =
    random.below(3) === 0 && pieces.length > 0
      ? structuredClone(random.of(pieces))
      : parsed(random.of(['null', ...words]));
  const key = keys.length === 0 || random.below(4) === 0 ? undefined : random.of(keys);
  if (Array.isArray(holder)) {
    if (key === undefined) holder.push(value);
    else holder.splice(Number(key), random.below(2), ...(random.below(3) === 0 ? [] : [value]));
    return;
  }
  if (key !== undefined && random.below(5) === 0) Reflect.deleteProperty(holder, key);
  // Not by assignment: "__proto__" is a key as any other here.
  const name = key ?? random.of(words).replaceAll(/^"|":$/g, '');
  Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * `bytes` with what is changed inside of the JSON that begins at its first brace; undefined when there is none. Values come
 * from `other`, too.
 */
export function mutateJson(
  bytes: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  random: Random,
): Uint8Array | undefined {
  const at = bytes.indexOf(0x7b);
  if (at < 0) return undefined;
  const value = parsed(Buffer.from(bytes.subarray(at)).toString());
  const donor = parsed(Buffer.from(other.subarray(Math.max(0, other.indexOf(0x7b)))).toString());
  if (!isHolder(value)) return undefined;
  for (let left = 1 + random.below(3); left > 0; left--)
    change(random.of(holdersIn(value)), holdersIn(donor), words, random);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(JSON.stringify(value))]);
}
