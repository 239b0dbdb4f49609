// The sets of table bridge tsnet: which sources frames from a bridge's ports may have.
import type { Family } from '../address/index.ts';
import type { SetSpec } from '../netlink/netfilter/set.ts';

export const GUARD_TABLE = { family: 'bridge', name: 'tsnet' } as const;
export const GUARD_CHAIN = 'prerouting';

/** The sets for all, then those for ports whose network-layer sources are checked, too. */
export const guardSets = {
  /** Ports whose sources are checked. */
  guarded: { name: 'guarded', key: ['ifname'] },
  /** The link-layer address behind each. */
  sources: { name: 'sources', key: ['ifname', 'ether_addr'] },
  /** Those of them whose network-layer sources are checked. */
  strict: { name: 'strict', key: ['ifname'] },
  4: { name: 'sources4', key: ['ifname', 'ether_addr', 'ipv4_addr'] },
  6: { name: 'sources6', key: ['ifname', 'ether_addr', 'ipv6_addr'] },
} as const satisfies Record<'guarded' | 'sources' | 'strict' | Family, SetSpec>;
