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

/**
 * Reads `value` with `reader`; `root` is the key that it was found under. Throws WrongValue, which a caller is told as a
 * CniError 7 with the key at fault.
 */
export function validate<Output>(reader: Reader<Output>, value: unknown, root?: string): Output {
  const settled = reader.quick(value);
  if (settled === undefined) throw new WrongValue(reader, value, root);
  return settled;
}
