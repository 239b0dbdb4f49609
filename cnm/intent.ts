// What the endpoints on record want of the firewall.
import type { FirewallRecord } from '../firewall/firewall.ts';
import type { Intent } from '../firewall/intent.ts';
import type { Database } from '../state/database.ts';
import { isAnyBehind, listEndpoints, ownerName } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { leasesOf } from '../state/lease.ts';
import { portsOf } from '../state/port.ts';

/** What an endpoint wants of the firewall; undefined when it is behind no bridge. */
export function intentOf(db: Database, endpoint: Endpoint): Intent | undefined {
  if (endpoint.bridge === undefined) return undefined;
  return {
    owner: ownerName(endpoint),
    bridge: endpoint.bridge,
    addresses: leasesOf(db, endpoint.id).map(({ address }) => address.ip),
    isMasqueraded: endpoint.isMasqueraded,
    ports: portsOf(db, endpoint.id),
  };
}

/** What the store wants in the firewall: of all endpoints but those on their way out. */
export function recordOf(db: Database): FirewallRecord {
  return {
    isEmpty: () => !isAnyBehind(db),
    intents: () =>
      listEndpoints(db, 'all')
        .filter(({ state }) => state !== 'deleting')
        .flatMap((endpoint) => intentOf(db, endpoint) ?? []),
  };
}
