// Extensions of x_tables in rules that iptables has written.
import type { Infer } from '../netlink/codec.ts';
import { XT_CONNTRACK, XT_CONNTRACK_STATE } from '../netlink/netfilter/constants.ts';
import { xt_conntrack_mtinfo3 } from '../netlink/netfilter/expr/xtables.ts';
import type { match as xtMatch, target as xtTarget } from '../netlink/netfilter/expr/xtables.ts';
import type { Place, Step } from './place.ts';

/** A match: of those that there are, the state of a connection is known. */
export function match({ packet, isTracked }: Place, data: Infer<typeof xtMatch> = {}): Step {
  if (data.name === 'comment') return 'on';
  if (data.name !== 'conntrack' || data.revision !== 3 || data.info === undefined) return 'unknown';
  const { bytes } = xt_conntrack_mtinfo3;
  const view = new DataView(data.info.buffer, data.info.byteOffset, bytes);
  const { flags, inverted, states } = xt_conntrack_mtinfo3.read(view);
  if (flags !== XT_CONNTRACK.STATE || !isTracked) return 'unknown';
  const own = XT_CONNTRACK_STATE.NEW | (packet.isTranslated ? XT_CONNTRACK_STATE.DNAT : 0);
  return ((states & own) !== 0) !== ((inverted & XT_CONNTRACK.STATE) !== 0) ? 'on' : 'over';
}

/** A target. */
export function target(data: Infer<typeof xtTarget> = {}): Step {
  if (data.name === 'REJECT') return 'refused';
  if (data.name === 'MASQUERADE' || data.name === 'SNAT') return 'accepted';
  return data.name === 'LOG' || data.name === 'NFLOG' ? 'on' : 'unknown';
}
