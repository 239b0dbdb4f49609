// What an endpoint on a bridge claims in the store: addresses and published ports.
import type { Mac } from '../../address/index.ts';
import type { Database } from '../../state/database.ts';
import { setMac } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Lease } from '../../state/lease.ts';
import type { PublishedPort } from '../../state/port.ts';
import { claimLeases, macFor } from '../interface/addresses.ts';
import { publish } from '../publish.ts';
import type { BridgeRequest } from '../request.ts';

/** What an endpoint on a bridge holds for itself alone. */
export interface BridgeClaim {
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
  readonly mac: Mac;
}

/** Claims addresses, then the ports that lead to them, and notes the endpoint's link-layer address. */
export function claimAddresses(db: Database, endpoint: Endpoint, request: BridgeRequest): BridgeClaim {
  const leases = claimLeases(db, endpoint, request.addressing, request.bridge.isGateway);
  const addresses = leases.map(({ address }) => address.ip);
  const ports = publish(db, endpoint, request.ports, addresses);
  const mac =
    request.mac ??
    macFor(
      endpoint,
      addresses.find(({ family }) => family === 4),
    );
  setMac(db, endpoint.id, mac);
  return { leases, ports, mac };
}
