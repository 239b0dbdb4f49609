// Whose frames are held against the endpoint's own addresses.
import type { Ip, Mac } from '../../address/index.ts';
import type { FirewallRecord } from '../../firewall/firewall.ts';
import type { Guard } from '../../firewall/guard.ts';
import type { Database } from '../../state/database.ts';
import { isAnyGuarded, listEndpoints, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { hostLinkName } from '../interface/names.ts';
import { linkLocalOf } from '../interface/link-local.ts';

/** The guard of an endpoint that is on record, if it wants one. */
export function guardOf(db: Database, endpoint: Endpoint): Guard | undefined {
  const { id, mac, guard } = endpoint;
  if (mac === undefined || guard === undefined) return undefined;
  const addresses = guard === 'mac' ? undefined : sourcesOf(db, id, mac);
  return { owner: ownerName(endpoint), port: hostLinkName(id), mac, addresses };
}

// Where there is IPv6 there is a link-local address, which the kernel makes of the link-layer one.
function sourcesOf(db: Database, id: string, mac: Mac): Ip[] {
  const leased = leasesOf(db, id).map(({ address }) => address.ip);
  return leased.some(({ family }) => family === 6) ? [...leased, linkLocalOf(mac).ip] : leased;
}

/** The guards that the store wants: of all endpoints but those on their way out. */
export function guardsOf(db: Database): FirewallRecord<Guard> {
  return {
    intents: () =>
      listEndpoints(db, 'guarded')
        .filter(({ state }) => state !== 'deleting')
        .flatMap((endpoint) => guardOf(db, endpoint) ?? []),
    isEmpty: () => !isAnyGuarded(db),
  };
}
