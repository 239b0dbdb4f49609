// Table bridge tsnet: from a guarded port of a bridge come frames with its endpoint's own sources alone.
import type { Ip, Mac } from '../address/index.ts';
import { newChain } from '../netlink/netfilter/chain.ts';
import { newSet } from '../netlink/netfilter/set.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';
import { deleteTable, newTable } from '../netlink/netfilter/table.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { GUARD_CHAIN, GUARD_TABLE, guardSets } from './guard-sets.ts';
import { gather } from './layout.ts';
import type { TableLayout } from './layout.ts';
import { sourceRules } from './source-rules.ts';

/** That frames from a port of a bridge have `mac` as their source. */
export interface Guard {
  readonly owner: string;
  /** The host's end of the endpoint's pair. */
  readonly port: string;
  readonly mac: Mac;
  /** All addresses of the network layer that may be its sources; left out, these are not looked at. */
  readonly addresses?: readonly Ip[] | undefined;
}

// Before all that others do with frames; the reference plugin's rule has this priority, too.
const PRIORITY = -300;

function base(): AnyRequest[] {
  return [
    newTable(GUARD_TABLE),
    deleteTable(GUARD_TABLE),
    newTable(GUARD_TABLE),
    ...Object.values(guardSets).map((set) => newSet(GUARD_TABLE, set)),
    newChain(GUARD_TABLE, GUARD_CHAIN, { type: 'filter', hook: 'PRE_ROUTING', priority: PRIORITY }),
    ...sourceRules(),
  ];
}

function elementsOf({ owner, port, mac, addresses }: Guard): [SetSpec, Element][] {
  const { guarded, sources, strict } = guardSets;
  const link: [SetSpec, Element][] = [
    [guarded, { key: [port], owner }],
    [sources, { key: [port, mac], owner }],
  ];
  if (addresses === undefined) return link;
  const network = addresses.map((ip): [SetSpec, Element] => [
    guardSets[ip.family],
    { key: [port, mac, ip], owner },
  ]);
  return [...link, [strict, { key: [port], owner }], ...network];
}

/** The table and how it follows from the guards. */
export const guardTable: TableLayout<Guard> = {
  table: GUARD_TABLE,
  ruleCounts: { [GUARD_CHAIN]: 14 },
  sentinel: GUARD_CHAIN,
  base,
  elementsOf: (guards) => gather(guards.flatMap(elementsOf)),
};
