// Which addresses an interface gets: of the network layer by lease, and of the link layer.
import { Mac } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { allocate } from '../../ipam/allocate.ts';
import { decideRanges } from '../../ipam/range.ts';
import type { Database } from '../../state/database.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { holderOf, insertLease } from '../../state/lease.ts';
import type { Lease } from '../../state/lease.ts';
import { heldByHostLocal } from '../host-local.ts';
import type { Addressing } from '../request.ts';

type PoolAddressing = Extract<Addressing, { from: 'pool' }>;

/** Makes the function that tells why an address is not given although nobody in the store holds it. */
export function whyNotGiven({
  hostLocalFolder,
  reserved = [],
}: Pick<PoolAddressing, 'hostLocalFolder' | 'reserved'>): (ip: Ip) => string | undefined {
  const isHeld = heldByHostLocal(hostLocalFolder);
  const kept = new Set(reserved.map(String));
  return (ip) => {
    if (kept.has(ip.toString())) return 'is reserved (tsnet network inspect)';
    return isHeld(ip) ? 'was given by host-local and is still held' : undefined;
  };
}

/**
 * Claims the addresses of an endpoint, for it alone. Of one that comes without a gateway the first address of its subnet
 * becomes it, if `needsGateway`. Throws TSNET_EXHAUSTED, TSNET_ADDRESS_IN_USE, TSNET_CONFIG.
 */
export function claimLeases(
  db: Database,
  { id, network }: Endpoint,
  addressing: Addressing,
  needsGateway: boolean,
): Lease[] {
  if (addressing.from === 'nowhere') return [];
  if (addressing.from === 'pool') {
    const { rangeSets, requested, beside = [] } = addressing;
    const given = allocate(db, {
      network,
      endpoint: id,
      requested,
      whyHeld: whyNotGiven(addressing),
      rangeSets: rangeSets.map(decideRanges),
    });
    return [
      ...given,
      ...beside.map((address) => claim(db, { network, endpoint: id, address, gateway: undefined })),
    ];
  }
  return addressing.addresses.map(({ address, gateway }) => {
    const decided = gateway ?? (needsGateway ? address.network.first.plus(1n) : undefined);
    return claim(db, { network, endpoint: id, address, gateway: decided });
  });
}

function claim(db: Database, lease: Lease): Lease {
  const { network, address } = lease;
  if (holderOf(db, network, address.ip) !== undefined) {
    throw new TsnetError(
      'TSNET_ADDRESS_IN_USE',
      `${address.ip.toString()} is held by another endpoint of network "${network}"`,
    );
  }
  insertLease(db, lease);
  return lease;
}

/**
 * The link-layer address of an interface. Docker's way: who knows the IPv4 address knows the MAC, and an address that is
 * given again keeps its neighbours' entries right.
 */
export function macFor({ id }: Endpoint, ipv4: Ip | undefined): Mac {
  return ipv4 === undefined ? Mac.fromSeed(id) : Mac.fromIpv4(ipv4);
}
