// Filters as the store has them, made so in the kernel.
import { HERE } from '../../native/index.ts';
import { writeSysctlIfPresent } from '../../netns/sysctl.ts';
import { isAnyBehind } from '../../state/endpoint.ts';
import { forgetFilter, listPromised } from '../../state/filter.ts';
import type { PromisedFilter } from '../../state/filter.ts';
import { withLock } from '../../state/lock.ts';
import type { Host } from '../host.ts';
import { settleInside } from './inside.ts';
import { sandboxOf } from './members.ts';
import { settleRouting } from './routing.ts';

/**
 * Makes the kernel do what the filters on record want, and what only those want that are on their way out no more: direct
 * ways are closed before any way leads through a filter. Where none is on record, nothing is done. Throws KernelError.
 */
export function settleFilters(host: Host): void {
  const filters = listPromised(host.db);
  if (filters.length === 0) return;
  const leaving = filters.filter(({ isLeaving }) => isLeaving);
  const isClosing = leaving.length < filters.length;
  if (isClosing) host.firewall.partFiltered();
  keepQuiet(host, filters);
  for (const filter of filters) {
    const sandbox = sandboxOf(host.db, filter);
    const others = filters.filter(({ through }) => through === filter.through);
    if (sandbox !== undefined) settleInside(host, sandbox, others);
  }
  withLock(host.bridgeLock, 'exclusive', () => {
    settleRouting(host);
  });
  if (!isClosing) host.firewall.partFiltered();
  host.db.transaction(() => {
    for (const { id } of leaving) forgetFilter(host.db, id);
  });
}

// A packet goes back to the network it came from, to the filter: to tell its sender so would be no help to it. Redirects
// are sent where either of the two settings says so.
function keepQuiet({ db }: Host, filters: readonly PromisedFilter[]): void {
  const bridges = filters
    .filter(({ isLeaving }) => !isLeaving)
    .flatMap(({ networks }) => networks.map(({ bridge }) => bridge))
    .filter((bridge) => isAnyBehind(db, bridge));
  if (bridges.length === 0) return;
  for (const ifname of ['all', ...new Set(bridges)])
    writeSysctlIfPresent(HERE, ['ipv4', 'conf', ifname, 'send_redirects'], '0');
}
