// match and target: extensions of x_tables inside a rule (linux/netfilter/nf_tables_compat.h). iptables-nft writes what it
// has no expression for with them, and calls a table incompatible that has expressions which it does not know, such as ct.
import { attr, attrs } from '../../attributes.ts';
import { encode } from '../../codec.ts';
import { cstring, pad, raw, u16, u16be, u32, u32be, u8 } from '../../scalar.ts';
import { struct } from '../../struct.ts';
import { NFTA_MATCH, NFTA_TARGET } from '../constants.ts';
import { XT_CONNTRACK, XT_CONNTRACK_STATE } from '../xt-constants.ts';

export const match = attrs('match', {
  name: attr(NFTA_MATCH.NAME, cstring),
  revision: attr(NFTA_MATCH.REV, u32be),
  info: attr(NFTA_MATCH.INFO, raw),
});

export const target = attrs('target', {
  name: attr(NFTA_TARGET.NAME, cstring),
  revision: attr(NFTA_TARGET.REV, u32be),
  info: attr(NFTA_TARGET.INFO, raw),
});

/** struct xt_conntrack_mtinfo3 (linux/netfilter/xt_conntrack.h), of which tsnet uses the state. */
export const xt_conntrack_mtinfo3 = struct('xt_conntrack_mtinfo3', {
  addresses: pad(128),
  expires: pad(8),
  ports: pad(10),
  flags: u16,
  inverted: u16,
  states: u16,
  statuses: u16,
  highPorts: pad(10),
});

/** struct xt_addrtype_info_v1 (linux/netfilter/xt_addrtype.h). */
export const xt_addrtype_info_v1 = struct('xt_addrtype_info_v1', {
  source: u16,
  destination: u16,
  flags: u32,
});

/** How many ports a multiport match has room for. */
export const XT_MULTI_PORTS = 15;

/** struct xt_multiport_v1 (linux/netfilter/xt_multiport.h); its ports are in the order of the machine. */
export const xt_multiport_v1 = struct('xt_multiport_v1', {
  kind: u8,
  count: u8,
  ports: pad(2 * XT_MULTI_PORTS),
  areRanges: pad(XT_MULTI_PORTS),
  isInverted: u8,
});

/** struct xt_udp (linux/netfilter/xt_tcpudp.h), without its padding. */
export const xt_udp = struct('xt_udp', {
  ...{ sourceFrom: u16, sourceTo: u16, from: u16, to: u16 },
  ...{ inverted: u8, end: pad(1) },
});

/** struct xt_tcp (linux/netfilter/xt_tcpudp.h). */
export const xt_tcp = struct('xt_tcp', {
  ...{ sourceFrom: u16, sourceTo: u16, from: u16, to: u16 },
  ...{ option: u8, flagMask: u8, flags: u8, inverted: u8 },
});

/** struct nf_nat_range (linux/netfilter/nf_nat.h), which nf_nat_range2 begins with; of IPv4 the first 4 bytes count. */
export const nf_nat_range = struct('nf_nat_range', {
  flags: u32,
  ...{ address: pad(16), lastAddress: pad(16), port: u16be, lastPort: u16be },
});

// x_tables rounds its structs up to 8 bytes (XT_ALIGN).
const ALIGNMENT = 8;

/** `-m conntrack --ctstate`: goes on for connections in one of these states. */
export function matchState(...states: (keyof typeof XT_CONNTRACK_STATE)[]) {
  const mask = states.reduce((bits, state) => bits | XT_CONNTRACK_STATE[state], 0);
  const value = xt_conntrack_mtinfo3.make({ flags: XT_CONNTRACK.STATE, states: mask });
  const info = new Uint8Array(Math.ceil(xt_conntrack_mtinfo3.bytes / ALIGNMENT) * ALIGNMENT);
  info.set(encode(xt_conntrack_mtinfo3, value));
  return { kind: 'match', data: { name: 'conntrack', revision: 3, info } } as const;
}
