// match and target: extensions of x_tables inside a rule (linux/netfilter/nf_tables_compat.h). iptables-nft writes what it
// has no expression for with them, and calls a table incompatible that has expressions which it does not know, such as ct.
import { attr, attrs } from '../../attributes.ts';
import { encode } from '../../codec.ts';
import { cstring, pad, raw, u16, u32be } from '../../scalar.ts';
import { struct } from '../../struct.ts';
import { NFTA_MATCH, NFTA_TARGET, XT_CONNTRACK, XT_CONNTRACK_STATE } from '../constants.ts';

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
