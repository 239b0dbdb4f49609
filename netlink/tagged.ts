// Payloads whose format a sibling attribute names: IFLA_LINKINFO, NFTA_EXPR.
import { attr, eachAttribute, locateIn, nested, writeAttribute } from './attributes.ts';
import type { Attribute, UnknownAttribute } from './attributes.ts';
import { bytesOf, within } from './codec.ts';
import type { Codec, Infer } from './codec.ts';
import { cstring, raw } from './scalar.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Variants = Record<string, Codec<any>>;

/** A value of one of several kinds: its kind, the data that belongs to it, and attributes beside them kept as they came. */
export type TaggedValue<V extends Variants> = (
  | { [K in keyof V & string]: { kind: K; data?: Infer<V[K]> | undefined } }[keyof V & string]
  | { kind: `other:${string}`; data?: Uint8Array | undefined }
) & { unknown?: UnknownAttribute[] | undefined };

/**
 * Declares a payload whose format is chosen by a sibling attribute that names it, such as IFLA_INFO_KIND and
 * IFLA_INFO_DATA. A kind that is not declared is read as `other:<kind>` with its data as bytes, an absent one as
 * `other:` (a network card in a bridge has IFLA_INFO_SLAVE_KIND alone).
 */
export function tagged<const V extends Variants>(
  name: string,
  tag: { kind: number; data: number },
  variants: V,
): Codec<TaggedValue<V>> {
  const codecs = new Map<string, Codec<unknown>>(Object.entries(variants));
  const codecOf = (kind: string): Codec<unknown> => codecs.get(kind) ?? raw;
  const plain = (kind: string): string => (kind.startsWith('other:') ? kind.slice('other:'.length) : kind);
  const payload = (kind: string): Attribute<unknown> => nested(tag.data, codecOf(kind));
  const kindAttribute = attr(tag.kind, cstring);
  const find = (view: DataView): { kind: string; data?: DataView; unknown: UnknownAttribute[] } => {
    const found: ReturnType<typeof find> = { kind: '', unknown: [] };
    for (const { type, flags, payload } of eachAttribute(view)) {
      if (type === tag.kind) found.kind = cstring.read(payload);
      else if (type === tag.data) found.data = payload;
      else found.unknown.push({ type: type | flags, payload: bytesOf(payload).slice() });
    }
    return found;
  };
  return {
    name,
    write: ({ kind, data, unknown = [] }, view, at) => {
      if (plain(kind) !== '') at = writeAttribute(kindAttribute, plain(kind), view, at);
      if (data !== undefined)
        at = within(`${name}.${kind}`, () => writeAttribute(payload(kind), data, view, at));
      for (const one of unknown) at = writeAttribute(attr(one.type, raw), one.payload, view, at);
      return at;
    },
    read: (view) => {
      const { kind, data, unknown } = find(view);
      const value: { kind: string; data?: unknown; unknown?: UnknownAttribute[] } = {
        kind: codecs.has(kind) ? kind : `other:${kind}`,
      };
      if (data !== undefined) value.data = within(`${name}.${kind}`, () => codecOf(kind).read(data));
      if (unknown.length > 0) value.unknown = unknown;
      return value as TaggedValue<V>;
    },
    locate: (view, offset) => {
      const { kind } = find(view);
      return locateIn(view, offset, (type) => {
        if (type === tag.kind) return ['kind', undefined];
        return type === tag.data ? [kind, codecOf(kind)] : [`attribute ${type}`, undefined];
      });
    },
  };
}
