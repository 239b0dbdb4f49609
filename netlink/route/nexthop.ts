// The ways of a route that has several (RTA_MULTIPATH, struct rtnexthop, linux/rtnetlink.h), as the kernel shows an IPv6
// destination that several links lead to.
import { attr, attrs } from '../attributes.ts';
import { align, CodecError, slice } from '../codec.ts';
import type { Codec, Infer } from '../codec.ts';
import { ip, u16, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { RTA } from './constants.ts';

/** struct rtnexthop. `length` is that of the way with its attributes, in bytes. */
export const rtnexthop = struct('rtnexthop', { length: u16, flags: u8, hops: u8, oif: u32 });

export const nexthopAttributes = attrs('nexthop', { gateway: attr(RTA.GATEWAY, ip) });

/** One way: a link, and a gateway unless the destination is on the link. */
export interface Nexthop {
  readonly header: Omit<Infer<typeof rtnexthop>, 'length'>;
  readonly attributes: Infer<typeof nexthopAttributes>;
}

/** All ways, one behind the other. */
export const nexthops: Codec<Nexthop[]> = {
  name: 'nexthops',
  write: (values, view, at) => {
    for (const { header, attributes } of values) {
      const end = nexthopAttributes.write(attributes, view, at + rtnexthop.bytes);
      rtnexthop.write({ ...header, length: end - at }, view, at);
      at = align(end);
    }
    return at;
  },
  read: (view) => {
    const values: Nexthop[] = [];
    for (let at = 0; at < view.byteLength;) {
      const { length, ...header } = rtnexthop.read(slice(view, at, rtnexthop.bytes));
      if (length < rtnexthop.bytes) throw new CodecError('rtnexthop.length', `${length} is below 8`);
      const attributes = nexthopAttributes.read(slice(view, at + rtnexthop.bytes, length - rtnexthop.bytes));
      values.push({ header, attributes });
      at += align(length);
    }
    return values;
  },
};
