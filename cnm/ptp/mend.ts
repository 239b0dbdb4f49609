// What is wrong with the host's ends of pairs without a bridge, as when somebody has taken an address from one, and how it is
// put right.
import { findLink } from '../../netlink/route/link.ts';
import { listEndpoints, ownerName } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { openPublished } from '../bridge/loopback.ts';
import type { Host } from '../host.ts';
import { hostLinkName } from '../interface/names.ts';
import type { Damage } from '../upkeep/damage.ts';
import { mendGateway } from './host-end.ts';
import { problemsOf } from './inspect.ts';

/** What is wrong with the host's ends of all endpoints that are ready. */
export function damagedPairs(host: Host): Damage[] {
  const endpoints = listEndpoints(host.db, 'all').filter(
    ({ mode, state }) => mode === 'ptp' && state === 'ready',
  );
  return endpoints.flatMap((endpoint) => {
    const link = findLink(host.route, { ifname: hostLinkName(endpoint.id) });
    // It went with its sandbox, or will be missed by CHECK: a pair cannot be made from here.
    if (link === undefined) return [];
    const leases = leasesOf(host.db, endpoint.id);
    const problems = problemsOf(host, link, leases);
    if (problems.length === 0) return [];
    const mend = (): void => {
      mendGateway(host, link, leases);
      openPublished(host, link);
    };
    return [{ subject: `pair ${ownerName(endpoint)}`, problems, mend }];
  });
}
