// What an endpoint with a veth pair claims in the store: addresses and published ports.
import type { Mac } from '../../address/index.ts';
import type { Database } from '../../state/database.ts';
import { setMac } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Lease } from '../../state/lease.ts';
import type { PublishedPort } from '../../state/port.ts';
import { claimLeases, macFor } from './addresses.ts';
import { publish } from '../publish.ts';
import type { AddressedTarget, PortRequest } from '../request.ts';

/** What an endpoint with a veth pair holds for itself alone. */
export interface PairClaim {
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
  readonly mac: Mac;
}

type PairRequest = Pick<AddressedTarget, 'addressing' | 'mac'> & { readonly ports: readonly PortRequest[] };

/**
 * Claims addresses, each with a gateway if `needsGateway`, then the ports that lead to them, and notes the endpoint's
 * link-layer address. Throws what `claimLeases` and `publish` throw.
 */
export function claimAddresses(
  db: Database,
  endpoint: Endpoint,
  request: PairRequest,
  needsGateway: boolean,
): PairClaim {
  const leases = claimLeases(db, endpoint, request.addressing, needsGateway);
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
