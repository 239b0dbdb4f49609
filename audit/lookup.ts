// What is in a set, in the sense of each kind that nf_tables has.
import type { ElementBytes, SetContent } from '../netlink/netfilter/set-content.ts';

const WORD = 4;

function isFrom(value: Uint8Array, low: Uint8Array | undefined): boolean {
  return low !== undefined && Buffer.compare(value, low.subarray(0, value.length)) >= 0;
}

function isTo(value: Uint8Array, high: Uint8Array | undefined): boolean {
  return high !== undefined && Buffer.compare(value, high.subarray(0, value.length)) <= 0;
}

// Each field has a range of its own.
function holdsFields(
  fields: readonly number[],
  { key, keyEnd = key }: ElementBytes,
  value: Uint8Array,
): boolean {
  let at = 0;
  return fields.every((length) => {
    const part = (bytes: Uint8Array | undefined): Uint8Array | undefined => bytes?.subarray(at, at + length);
    const field = value.subarray(at, at + length);
    const isIn = isFrom(field, part(key)) && isTo(field, part(keyEnd));
    at += Math.ceil(length / WORD) * WORD;
    return isIn;
  });
}

// Of one field, an interval is an element where it begins and another behind its end.
function inIntervals(elements: readonly ElementBytes[], value: Uint8Array): ElementBytes | undefined {
  let nearest: ElementBytes | undefined;
  for (const element of elements) {
    if (!isFrom(value, element.key)) continue;
    const isNearer = nearest?.key === undefined || Buffer.compare(element.key ?? value, nearest.key) > 0;
    const isSame = nearest?.key !== undefined && Buffer.compare(element.key ?? value, nearest.key) === 0;
    if (isNearer || (isSame && nearest?.isEnd === true)) nearest = element;
  }
  return nearest?.isEnd === true ? undefined : nearest;
}

function keyLength({ elements }: SetContent): number {
  return Math.max(0, ...elements.map(({ key }) => key?.length ?? 0));
}

/** How many bytes of registers a set is asked with; undefined when it is empty and does not say. */
export function lengthOf(set: SetContent): number | undefined {
  const length = set.fields.reduce((sum, bytes) => sum + Math.ceil(bytes / WORD) * WORD, 0);
  return length > WORD || set.fields.length > 1 ? length : keyLength(set) || undefined;
}

const byKey = new WeakMap<SetContent, Map<string, ElementBytes>>();

// A set is asked many times, and may have an element for each endpoint.
function withKey(set: SetContent, value: Uint8Array): ElementBytes | undefined {
  let elements = byKey.get(set);
  if (elements === undefined) {
    elements = new Map(set.elements.map((element) => [textOf(element.key), element]));
    byKey.set(set, elements);
  }
  return elements.get(textOf(value));
}

function textOf(key: Uint8Array | undefined): string {
  return key === undefined ? '' : Buffer.from(key).toString('latin1');
}

/** The element that a value is in. */
export function find(set: SetContent, value: Uint8Array): ElementBytes | undefined {
  const { fields, elements, isInterval } = set;
  const other = elements.find(({ key }) => key === undefined);
  if (!isInterval) return withKey(set, value) ?? other;
  const named = elements.filter(({ key }) => key !== undefined);
  const found =
    fields.length > 1
      ? named.find((element) => holdsFields(fields, element, value))
      : inIntervals(named, value);
  return found ?? other;
}
