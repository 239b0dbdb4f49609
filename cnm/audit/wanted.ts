// What the store wants in tsnet's tables, for an audit.
import { signatureOf } from '../../audit/table-flags.ts';
import type { WantedTable } from '../../audit/world.ts';
import { guardTable } from '../../firewall/guard.ts';
import type { SetElements, TableLayout } from '../../firewall/layout.ts';
import { addressTable } from '../../firewall/ruleset.ts';
import { deviceElements } from '../../firewall/walls.ts';
import type { Infer } from '../../netlink/codec.ts';
import { familyOf, nameOf } from '../../netlink/netfilter/nfnetlink.ts';
import type { ruleAttributes } from '../../netlink/netfilter/rule.ts';
import type { Database } from '../../state/database.ts';
import { guardsOf } from '../bridge/guard.ts';
import { recordOf } from '../intent.ts';

/** The tables; without a store there is nothing in them. */
export function wantedTables(db: Database | undefined): WantedTable[] {
  if (db === undefined) return [toWanted(addressTable, []), toWanted(guardTable, [])];
  const record = recordOf(db);
  const ofEndpoints = addressTable.elementsOf(record.intents());
  const guarded = guardTable.elementsOf(guardsOf(db).intents());
  return [
    toWanted(addressTable, [...ofEndpoints, ...deviceElements(record.wishes())]),
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
