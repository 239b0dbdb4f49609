// Payloads whose format a sibling attribute names: IFLA_LINKINFO, NFTA_EXPR.
import { attr, eachAttribute, locateIn, NLA, nested, writeAttribute } from './attributes.ts';
import type { Attribute } from './attributes.ts';
import { align, CodecError, within } from './codec.ts';
import type { Codec, Infer } from './codec.ts';
import { cstring, raw } from './scalar.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Variants = Record<string, Codec<any>>;

/** A value of one of several kinds: its kind and the data that belongs to it. */
export type TaggedValue<V extends Variants> =
  | { [K in keyof V & string]: { kind: K; data?: Infer<V[K]> | undefined } }[keyof V & string]
  | { kind: `other:${string}`; data?: Uint8Array | undefined };

/**
 * Declares a payload whose format is chosen by a sibling attribute that names it, such as IFLA_INFO_KIND and
 * IFLA_INFO_DATA. A kind that is not declared is read as `other:<kind>` with its data as bytes.
 */
export function tagged<const V extends Variants>(
  name: string,
  tag: { kind: number; data: number },
  variants: V,
): Codec<TaggedValue<V>> {
  const codecOf = (kind: string): Codec<unknown> => variants[kind] ?? (raw as Codec<unknown>);
  const plain = (kind: string): string => (kind.startsWith('other:') ? kind.slice('other:'.length) : kind);
  const payload = (kind: string): Attribute<unknown> => nested(tag.data, codecOf(kind));
  const kindAttribute = attr(tag.kind, cstring);
  const find = (view: DataView): { kind: string; data: DataView | undefined } => {
    const found = new Map([...eachAttribute(view)].map((one) => [one.type, one.payload]));
    const kind = found.get(tag.kind);
    if (kind === undefined) throw new CodecError(name, 'no kind');
    return { kind: cstring.read(kind), data: found.get(tag.data) };
  };
  return {
    name,
    size: ({ kind, data }) => {
      const head = align(NLA.HDRLEN + cstring.size(plain(kind)));
      return data === undefined ? head : head + align(NLA.HDRLEN + codecOf(kind).size(data));
    },
    write: ({ kind, data }, view, at) => {
      const next = writeAttribute(kindAttribute, plain(kind), view, at);
      if (data === undefined) return next;
      return within(`${name}.${kind}`, () => writeAttribute(payload(kind), data, view, next));
    },
    read: (view) => {
      const { kind, data } = find(view);
      const label = kind in variants ? kind : `other:${kind}`;
      if (data === undefined) return { kind: label } as TaggedValue<V>;
      return { kind: label, data: within(`${name}.${kind}`, () => codecOf(kind).read(data)) } as TaggedValue<V>;
    },
    locate: (view, offset) => {
      const { kind } = find(view);
      return locateIn(view, offset, (type) => [type === tag.kind ? 'kind' : kind, codecOf(kind)]);
    },
  };
}
