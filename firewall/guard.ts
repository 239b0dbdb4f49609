// Table bridge tsnet: from a guarded port of a bridge come frames of its endpoint's link-layer address alone.
import type { Mac } from '../address/index.ts';
import { newChain } from '../netlink/netfilter/chain.ts';
import { NFT_REG } from '../netlink/netfilter/constants.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { loadSourceMac } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import { newSet } from '../netlink/netfilter/set.ts';
import type { SetSpec } from '../netlink/netfilter/set.ts';
import { deleteTable, newTable } from '../netlink/netfilter/table.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { gather } from './layout.ts';
import type { TableLayout } from './layout.ts';

/** That frames from a port of a bridge have `mac` as their source. */
export interface Guard {
  readonly owner: string;
  /** The host's end of the endpoint's pair. */
  readonly port: string;
  readonly mac: Mac;
}

const TABLE = { family: 'bridge', name: 'tsnet' } as const;
const CHAIN = 'prerouting';
// Before all that others do with frames; the reference plugin's rule has this priority, too.
const PRIORITY = -300;
const { R0 } = NFT_REG;
/** Behind an interface name of 16 bytes. */
const R4 = R0 + 4;

const guarded: SetSpec = { name: 'guarded', key: ['ifname'] };
const sources: SetSpec = { name: 'sources', key: ['ifname', 'ether_addr'] };

function base(): AnyRequest[] {
  const isForged = [
    loadMeta('IIFNAME', R0),
    inSet(guarded.name, R0),
    loadSourceMac(R4),
    notInSet(sources.name, R0),
  ];
  return [
    newTable(TABLE),
    deleteTable(TABLE),
    newTable(TABLE),
    newSet(TABLE, guarded),
    newSet(TABLE, sources),
    newChain(TABLE, CHAIN, { type: 'filter', hook: 'PRE_ROUTING', priority: PRIORITY }),
    newRule(TABLE, CHAIN, [...isForged, decide('drop')], 'a source that is not the endpoint behind the port'),
  ];
}

/** The table and how it follows from the guards. */
export const guardTable: TableLayout<Guard> = {
  table: TABLE,
  ruleCounts: { [CHAIN]: 1 },
  sentinel: CHAIN,
  base,
  elementsOf: (guards) =>
    gather(
      guards.flatMap(
        ({ owner, port, mac }) =>
          [
            [guarded, { key: [port], owner }],
            [sources, { key: [port, mac], owner }],
          ] as const,
      ),
    ),
};
