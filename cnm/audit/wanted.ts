// What the store wants in tsnet's tables, for an audit.
import { signatureOf } from '../../audit/table-flags.ts';
import type { WantedTable } from '../../audit/world.ts';
import { sharedElementsOf } from '../../firewall/address-firewall.ts';
import { guardTable } from '../../firewall/guard.ts';
import type { SetElements, TableLayout } from '../../firewall/layout.ts';
import { addressTable } from '../../firewall/ruleset.ts';
import type { Infer } from '../../netlink/codec.ts';
import { familyOf, nameOf } from '../../netlink/netfilter/nfnetlink.ts';
import type { ruleAttributes } from '../../netlink/netfilter/rule.ts';
import { guardsOf } from '../bridge/guard.ts';
import type { Host } from '../host.ts';
import { hostNetworks } from '../host-networks.ts';
import { recordOf } from '../intent.ts';

/** The tables; without a store there is nothing in them. */
export function wantedTables(host: Host, hasStore: boolean): WantedTable[] {
  if (!hasStore) return [toWanted(addressTable, []), toWanted(guardTable, [])];
  const { db, route } = host;
  const record = recordOf(db, () => hostNetworks(route));
  const ofEndpoints = addressTable.elementsOf(record.intents());
  const guarded = guardTable.elementsOf(guardsOf(db).intents());
  return [
    toWanted(addressTable, [...ofEndpoints, ...sharedElementsOf(record)]),
    toWanted(guardTable, guarded),
  ];
}

function toWanted<Intent>(
  { table, base, ruleCounts }: TableLayout<Intent>,
  elements: SetElements[],
): WantedTable {
  const chains = new Map(Object.keys(ruleCounts).map((chain): [string, string[]] => [chain, []]));
  for (const { operation, body } of base()) {
    if (operation !== 'NFT_MSG_NEWRULE') continue;
    const { chain = '', comment, expressions = [] } = body.attributes as Infer<typeof ruleAttributes>;
    chains.get(chain)?.push(signatureOf(comment, expressions));
  }
  return { table: { family: familyOf(table), name: nameOf(table) }, chains, elements };
}
