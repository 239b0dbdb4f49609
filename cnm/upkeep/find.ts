// Holds what is there against what the store says, as far as the host's side goes.
import { isAnyUnderWay } from '../../state/endpoint.ts';
import { damagedBridges } from '../bridge/mend.ts';
import type { Host } from '../host.ts';
import { damagedPairs } from '../ptp/mend.ts';
import type { Damage } from './damage.ts';
import type { Place } from './signs.ts';

/** What is damaged in these places, in the order in which it is to be mended. */
export function findDamage(host: Host, places: ReadonlySet<Place>): Damage[] {
  return [
    ...(places.has('links') ? [...damagedBridges(host), ...damagedPairs(host)] : []),
    ...(places.has('tables') ? damagedTables(host) : []),
    ...(places.has('filters') ? damagedFilters(host) : []),
  ];
}

/** Tells whether a call is under way, in whatever process: then what looks like damage may be its work half done. */
export function isUnderWay(host: Host): boolean {
  return isAnyUnderWay(host.db);
}

function damagedTables({ firewall, guard }: Host): Damage[] {
  return [firewall, guard].flatMap((table) => {
    const problems = table.damage();
    if (problems.length === 0) return [];
    return [{ subject: `table ${table.name}`, problems, mend: () => table.restore() }];
  });
}

function damagedFilters({ firewall }: Host): Damage[] {
  const problems = firewall.allUnsettled();
  return problems.length === 0
    ? []
    : [{ subject: 'filters of others', problems, mend: () => firewall.settleAll() }];
}
