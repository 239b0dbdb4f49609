// Reading what somebody else wrote. Nearly always it is right, so what is wrong is found out only when there is something.

import type { Reader } from './reader.ts';

/** A value that its reader refused; `explain` tells why. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue';
  readonly reader: Reader<unknown>;
  readonly value: unknown;
  readonly root: string | undefined;

  constructor(reader: Reader<unknown>, value: unknown, root: string | undefined) {
    super(`${root ?? 'configuration'}: invalid`);
    this.reader = reader;
    this.value = value;
    this.root = root;
  }
}

/** What a reader made of an object; configurations are seen again (`readConfig`), and with them what is in them. */
const settledBefore = new WeakMap<object, Map<Reader<unknown>, unknown>>();

function settle<Output>(reader: Reader<Output>, value: unknown): Output | undefined {
  if (typeof value !== 'object' || value === null) return reader.quick(value);
  let byReader = settledBefore.get(value);
  if (byReader === undefined) settledBefore.set(value, (byReader = new Map<Reader<unknown>, unknown>()));
  const before = byReader.get(reader);
  if (before !== undefined) return before as Output;
  const settled = reader.quick(value);
  if (settled !== undefined) byReader.set(reader, settled);
  return settled;
}

/**
 * Reads `value` with `reader`; `root` is the key that it was found under. Throws WrongValue, which a caller is told as a
 * CniError 7 with the key at fault. Of an object that was read before it gives what it gave then, which nobody changes.
 */
export function validate<Output>(reader: Reader<Output>, value: unknown, root?: string): Output {
  const settled = settle(reader, value);
  if (settled === undefined) throw new WrongValue(reader, value, root);
  return settled;
}
