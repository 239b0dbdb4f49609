// Fixed headers, such as struct ifinfomsg: fields one behind the other, without alignment of their own (the kernel's
// headers name their padding, and so do we).
import { inField, slice } from './codec.ts';
import type { Infer } from './codec.ts';
import type { FixedCodec } from './scalar.ts';

type Fields = Record<
  string,
  FixedCodec<never> | FixedCodec<number> | FixedCodec<bigint> | FixedCodec<undefined> | StructCodec<object>
>;

/** The value of a struct: reserved fields are absent, the others default to zero when left out. */
export type StructValue<F extends Fields> = {
  -readonly [K in keyof F as Infer<F[K]> extends undefined ? never : K]: Infer<F[K]>;
};

/** A struct codec; `offsets` lets a test hold each field against the kernel's header. */
export interface StructCodec<T> extends FixedCodec<T> {
  readonly offsets: Readonly<Record<string, number>>;
  /** A value with all fields zero but the given ones. */
  make(fields: Partial<T>): T;
}

function isStruct(codec: FixedCodec<unknown>): codec is StructCodec<object> {
  return 'make' in codec;
}

/** Declares a fixed header of the fields in their order; a field may be a struct itself. */
export function struct<const F extends Fields>(name: string, fields: F): StructCodec<StructValue<F>> {
  const entries = Object.entries(fields) as [string, FixedCodec<unknown>][];
  const offsets: Record<string, number> = {};
  let bytes = 0;
  for (const [field, codec] of entries) {
    offsets[field] = bytes;
    bytes += codec.bytes;
  }
  type Value = Record<string, unknown>;
  const zeros = Object.fromEntries(
    entries
      .filter(([, codec]) => codec.name !== 'pad')
      .map(([field, codec]) => [field, isStruct(codec) ? codec.make({}) : 0]),
  );
  return {
    name,
    bytes,
    offsets,
    make: (given) => ({ ...zeros, ...given }) as StructValue<F>,
    write: (value, view, at) => {
      for (const [field, codec] of entries) {
        try {
          at = codec.write((value as Value)[field], view, at);
        } catch (error) {
          throw inField(`${name}.${field}`, error);
        }
      }
      return at;
    },
    read: (view) => {
      const value: Value = {};
      for (const [field, codec] of entries) {
        try {
          const read = codec.read(slice(view, offsets[field] ?? 0, codec.bytes));
          if (codec.name !== 'pad') value[field] = read;
        } catch (error) {
          throw inField(`${name}.${field}`, error);
        }
      }
      return value as StructValue<F>;
    },
  };
}
