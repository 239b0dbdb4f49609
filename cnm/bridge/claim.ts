// What an endpoint on a bridge claims in the store: addresses and published ports.
import { Mac } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { allocate } from '../../ipam/allocate.ts';
import { decideRange } from '../../ipam/range.ts';
import type { Database } from '../../state/database.ts';
import { setMac } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { holderOf, insertLease } from '../../state/lease.ts';
import type { Lease } from '../../state/lease.ts';
import type { PublishedPort } from '../../state/port.ts';
import { heldByHostLocal } from '../host-local.ts';
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
  const leases = claimLeases(db, endpoint, request);
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

function claimLeases(
  db: Database,
  { id, network }: Endpoint,
  { addressing, bridge }: BridgeRequest,
): Lease[] {
  if (addressing.from === 'nowhere') return [];
  if (addressing.from === 'pool') {
    const { rangeSets, requested, hostLocalFolder } = addressing;
    return allocate(db, {
      network,
      endpoint: id,
      requested,
      isHeldElsewhere: heldByHostLocal(hostLocalFolder),
      rangeSets: rangeSets.map((set) => set.map(decideRange)),
    });
  }
  return addressing.addresses.map(({ address, gateway }) => {
    if (holderOf(db, network, address.ip) !== undefined) {
      throw new TsnetError(
        'TSNET_ADDRESS_IN_USE',
        `${address.ip.toString()} is held by another endpoint of network "${network}"`,
      );
    }
    // A bridge that is to be the gateway takes the first address when IPAM names none.
    const decided = gateway ?? (bridge.isGateway ? address.network.first.plus(1n) : undefined);
    const lease = { network, endpoint: id, address, gateway: decided };
    insertLease(db, lease);
    return lease;
  });
}

// Docker's way: who knows the IPv4 address knows the MAC, and an address that is given again keeps its neighbours' entries right.
function macFor({ id }: Endpoint, ipv4: Ip | undefined): Mac {
  return ipv4 === undefined ? Mac.fromSeed(id) : Mac.fromIpv4(ipv4);
}
