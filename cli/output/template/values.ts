// The values of templates: plain ones, as JSON has them, and functions, which are fields with arguments.
//
// An object without a prototype holds data under keys that somebody else chose (labels, options): a key that is not there has
// no value. Any other has fields of its own: one that is not there is a mistake in the template.
import { didYouMean } from '../../../errors/nearest.ts';
import { templateError } from './lexer.ts';

/** Tells whether a value is an object with fields or keys. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Makes an object whose keys are data; undefined stands for none. */
export function openMap<T>(entries: Readonly<Record<string, T>> | undefined): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, entries);
}

/** The field of that name. Throws TSNET_CONFIG that names the nearest. */
export function fieldOf(value: unknown, name: string): unknown {
  if (!isObject(value)) {
    if (value === undefined || value === null) return undefined;
    throw templateError(`no field ".${name}" in ${Array.isArray(value) ? 'a list' : 'a plain value'}`);
  }
  if (Object.hasOwn(value, name)) return value[name];
  if (Object.getPrototypeOf(value) === null) return undefined;
  const names = Object.keys(value);
  const meant = didYouMean(name, names).replace('"', '".');
  throw templateError(`no field ".${name}"${meant} (there are: ${names.map((one) => `.${one}`).join(' ')})`);
}

/** What a template prints of a value, as Go does. */
export function print(value: unknown): string {
  if (value === null) return '';
  if (value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${print(value[key])}`).join(' ')}]`;
  }
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- what is left is plain
  return String(value);
}

/** Whether a value counts as true: not when it is false, 0, empty or absent. */
export function isTrue(value: unknown): boolean {
  return sizeOf(value) !== 0 && value !== 0 && value !== false && value !== undefined && value !== null;
}

/** How many there are of what has a length; undefined of what has none. */
export function sizeOf(value: unknown): number | undefined {
  // As in Go, of text in bytes.
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

/** What a range goes through: keys and values, in the order of a list or of the keys. */
export function entriesOf(value: unknown): [unknown, unknown][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return [...value.entries()];
  if (isObject(value))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  if (typeof value === 'number')
    return Array.from({ length: Math.max(0, Math.floor(value)) }, (_, at) => [at, at]);
  throw templateError(`range over ${JSON.stringify(value)}: it is no list and no object`);
}

/** What stands at that place of a list, or under that key. Throws TSNET_CONFIG for a place that is not there. */
export function at(value: unknown, key: unknown): unknown {
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number') throw templateError(`index ${JSON.stringify(key)}: a list has numbers`);
    if (key < 0 || key >= value.length)
      throw templateError(`index ${key}: out of range, there are ${value.length}`);
    return value[key];
  }
  if (isObject(value)) return Object.hasOwn(value, String(key)) ? value[String(key)] : '';
  throw templateError(`index ${JSON.stringify(key)}: there is nothing to look in`);
}
