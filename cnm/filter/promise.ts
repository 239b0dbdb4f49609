// Filters come into force: what is defined for good is promised a routing table for this boot.
import { listFilters, listPromised, promiseFilter, setLeaving } from '../../state/filter.ts';
import type { Host } from '../host.ts';
import { withNetworks } from '../network-store.ts';
import { tablesInUse } from '../routing/table.ts';

/** Beyond the numbers that people and other programs choose. */
const FIRST_TABLE = 7400;

/**
 * Makes the filters of this boot those that are defined: new ones get a routing table that nobody uses, those that are no
 * longer defined are marked for `settleFilters` to take away.
 */
export function adoptFilters(host: Host): void {
  const known = new Set(listPromised(host.db).map(({ id }) => id));
  const wanted = withNetworks(host, listFilters);
  if (wanted.length === 0 && known.size === 0) return;
  const busy = wanted.every(({ id }) => known.has(id)) ? [] : tablesInUse(host.route);
  host.db.transaction(() => {
    // Others may have defined and removed some meanwhile; what they defined they adopt themselves.
    const defined = new Set(withNetworks(host, listFilters).map(({ id }) => id));
    const promised = listPromised(host.db);
    for (const { id } of promised) if (!defined.has(id)) setLeaving(host.db, id);
    const taken = new Set([...busy, ...promised.map(({ table }) => table)]);
    for (const filter of wanted.filter(({ id }) => defined.has(id))) {
      let table = promised.find(({ id }) => id === filter.id)?.table ?? FIRST_TABLE;
      if (!promised.some(({ id }) => id === filter.id)) while (taken.has(table)) table++;
      taken.add(table);
      promiseFilter(host.db, filter, table);
    }
  });
}
