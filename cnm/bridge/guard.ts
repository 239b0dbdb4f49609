// Which endpoints are guarded against frames with another's source address.
import type { FirewallRecord } from '../../firewall/firewall.ts';
import type { Guard } from '../../firewall/guard.ts';
import type { Database } from '../../state/database.ts';
import { listEndpoints, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { hostLinkName } from '../interface/names.ts';
import { readKept } from './kept.ts';

/** The guard of an endpoint, if it wants one. */
export function guardOf(endpoint: Endpoint): Guard | undefined {
  const { mode, id, mac } = endpoint;
  if (mode !== 'bridge' || mac === undefined || !readKept(endpoint).port.isGuarded) return undefined;
  return { owner: ownerName(endpoint), port: hostLinkName(id), mac };
}

/** The guards that the store wants: of all endpoints but those on their way out. */
export function guardsOf(db: Database): FirewallRecord<Guard> {
  const intents = (): Guard[] =>
    listEndpoints(db, 'all')
      .filter(({ state }) => state !== 'deleting')
      .flatMap((endpoint) => guardOf(endpoint) ?? []);
  return { intents, isEmpty: () => intents().length === 0 };
}
