// Netlink attributes (struct nlattr, linux/netlink.h): type, length and payload, aligned to 4 bytes, in any order.
import { align, bytesOf, CodecError, inField, slice } from './codec.ts';
import type { Codec } from './codec.ts';
import { isLittleEndian, raw } from './scalar.ts';

/** The size of struct nlattr, and the flag bits above the type. */
export const NLA = { HDRLEN: 4, F_NESTED: 0x8000, F_NET_BYTEORDER: 0x4000, TYPE_MASK: 0x3fff } as const;

/** One field of an attribute set: its type number and the format of its payload. */
export interface Attribute<T> {
  readonly type: number;
  readonly codec: Codec<T>;
  readonly isNested: boolean;
}

/** A field with a plain payload. */
export function attr<T>(type: number, codec: Codec<T>): Attribute<T> {
  return { type, codec, isNested: false };
}

/** A field whose payload is attributes again; marked with NLA_F_NESTED, which strict kernels insist on. */
export function nested<T>(type: number, codec: Codec<T>): Attribute<T> {
  return { type, codec, isNested: true };
}

/** A field whose payload is a list of equal attributes, such as NFTA_LIST_ELEM. */
export function list<T>(type: number, element: Attribute<T>): Attribute<T[]> {
  const codec: Codec<T[]> = {
    name: `${element.codec.name}[]`,
    write: (values, view, at) => {
      for (const value of values) at = writeAttribute(element, value, view, at);
      return at;
    },
    read: (view) => [...eachAttribute(view)].map(({ payload }) => element.codec.read(payload)),
    locate: (view, offset) => locateIn(view, offset, (_, index) => [`[${index}]`, element.codec]),
  };
  return nested(type, codec);
}

/** An attribute that our declaration does not know, kept as it came. */
export interface UnknownAttribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

// Any attribute: the type parameter is used both ways, so only `any` accepts every instance.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Fields = Record<string, Attribute<any>>;

/** The value of an attribute set: every field may be absent. */
export type AttributesValue<F extends Fields> = {
  -readonly [K in keyof F]?: (F[K] extends Attribute<infer T> ? T : never) | undefined;
} & { unknown?: UnknownAttribute[] | undefined };

/** Writes one attribute and returns where the next one starts. */
export function writeAttribute<T>(
  { type, codec, isNested }: Attribute<T>,
  value: T,
  view: DataView,
  at: number,
): number {
  const length = codec.write(value, view, at + NLA.HDRLEN) - at;
  if (length > 0xffff) throw new CodecError(codec.name, `${length} bytes do not fit an attribute`);
  view.setUint16(at, length, isLittleEndian);
  view.setUint16(at + 2, isNested ? type | NLA.F_NESTED : type, isLittleEndian);
  return at + align(length);
}

interface Found {
  readonly type: number;
  readonly flags: number;
  readonly at: number;
  readonly payload: DataView;
}

/** Walks over the attributes in `view`; throws CodecError where one reaches past the end. */
export function* eachAttribute(view: DataView): Generator<Found> {
  for (let at = 0; at + NLA.HDRLEN <= view.byteLength;) {
    const length = lengthAt(view, at);
    const type = view.getUint16(at + 2, isLittleEndian);
    const payload = slice(view, at + NLA.HDRLEN, length - NLA.HDRLEN);
    yield { type: type & NLA.TYPE_MASK, flags: type & ~NLA.TYPE_MASK, at, payload };
    at += align(length);
  }
}

/** The payload of the first attribute of that type in `view`; the others are passed over, not read. */
export function findAttribute(view: DataView, type: number): DataView | undefined {
  let length: number;
  for (let at = 0; at + NLA.HDRLEN <= view.byteLength; at += align(length)) {
    length = lengthAt(view, at);
    if ((view.getUint16(at + 2, isLittleEndian) & NLA.TYPE_MASK) === type)
      return slice(view, at + NLA.HDRLEN, length - NLA.HDRLEN);
  }
  return undefined;
}

function lengthAt(view: DataView, at: number): number {
  const length = view.getUint16(at, isLittleEndian);
  if (length < NLA.HDRLEN) throw new CodecError('attribute', `length ${length} is below 4`);
  return length;
}

/** The path to `offset` among the attributes in `view`; `describe` names an attribute and gives its format. */
export function locateIn(
  view: DataView,
  offset: number,
  describe: (type: number, index: number) => [string, Codec<unknown> | undefined],
): string[] {
  if (offset < 0) return [];
  let index = 0;
  for (const { type, at, payload } of eachAttribute(view)) {
    const inside = offset - at - NLA.HDRLEN;
    if (inside < payload.byteLength) {
      const [name, codec] = describe(type, index);
      return inside < 0 ? [name] : [name, ...(codec?.locate?.(payload, inside) ?? [])];
    }
    index++;
  }
  return [];
}

/**
 * Declares an attribute set. Unknown attributes, and known ones whose bytes do not fit their format, are kept in
 * `unknown` and written back byte for byte; a field given as undefined is left out.
 */
export function attrs<const F extends Fields>(name: string, fields: F): Codec<AttributesValue<F>> {
  const entries = Object.entries(fields) as [string, Attribute<unknown>][];
  const byType = new Map(entries.map(([field, attribute]) => [attribute.type, { field, attribute }]));
  type Value = Record<string, unknown> & { unknown?: UnknownAttribute[] };
  // A thousand ports are thousands of attributes, and a link has a hundred: plain loops, little allocated on the way.
  const write = (value: Value, view: DataView, at: number): number => {
    for (const [field, attribute] of entries) {
      const one = value[field];
      if (one === undefined) continue;
      try {
        at = writeAttribute(attribute, one, view, at);
      } catch (error) {
        throw inField(`${name}.${field}`, error);
      }
    }
    for (const { type, payload } of value.unknown ?? [])
      at = writeAttribute(attr(type, raw), payload, view, at);
    return at;
  };
  return {
    name,
    write: (value, view, at) => write(value as Value, view, at),
    read: (view) => {
      const value: Value = {};
      let length: number;
      for (let at = 0; at + NLA.HDRLEN <= view.byteLength; at += align(length)) {
        length = lengthAt(view, at);
        const type = view.getUint16(at + 2, isLittleEndian);
        const payload = slice(view, at + NLA.HDRLEN, length - NLA.HDRLEN);
        const known = byType.get(type & NLA.TYPE_MASK);
        if (known === undefined || known.attribute.codec.fits?.(payload) === false) {
          (value.unknown ??= []).push({ type, payload: bytesOf(payload) });
          continue;
        }
        const { field, attribute } = known;
        try {
          value[field] = attribute.codec.read(payload);
        } catch (error) {
          throw inField(`${name}.${field}`, error);
        }
      }
      return value as AttributesValue<F>;
    },
    locate: (view, offset) =>
      locateIn(view, offset, (type) => {
        const known = byType.get(type);
        return known === undefined ? [`attribute ${type}`, undefined] : [known.field, known.attribute.codec];
      }),
  };
}
