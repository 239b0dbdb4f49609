// What is fuzzed: a reader of bytes that somebody else wrote, and the laws that it obeys whatever the bytes are.

import type { Arbitrary } from 'fast-check';

/** One thing to fuzz. */
export interface Target {
  /** What it reads, in one line. */
  readonly about: string;
  /** Inputs to begin with, beside those that are kept in fuzz/seeds/<target>. */
  readonly seeds: () => readonly Uint8Array[];
  /** Inputs from scratch, of the form that is expected. */
  readonly arbitrary?: Arbitrary<Uint8Array>;
  /** Words that its inputs are made of, for texts; numbers and lengths need none. */
  readonly words?: readonly string[];
  /** Reads the input. Throws when a law is broken; what the reader declares to throw is none of that. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

/** A law that an input has broken. */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
}

/** Throws BrokenLaw unless `holds`. */
export function law(holds: boolean, text: string): asserts holds {
  if (!holds) throw new BrokenLaw(text);
}

/** The class of an error that a reader declares. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever its constructor takes
type ErrorClass = abstract new (...values: any[]) => Error;

/** What `read` gives, or undefined when it refuses with one of these errors; every other one breaks the law. */
export function reading<T>(read: () => T, ...declared: ErrorClass[]): { readonly value: T } | undefined {
  try {
    return { value: read() };
  } catch (error) {
    if (declared.some((one) => error instanceof one)) return undefined;
    throw error;
  }
}

/** The text of an input. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder().decode(input);
}

/** Texts as inputs. */
export function inputs(...texts: string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
