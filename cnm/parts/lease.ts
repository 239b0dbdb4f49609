// Mode lease: addresses for an interface that a plugin of somebody else's makes. The kernel has no part in it.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { deleteEndpoint, endpointId, interfaceOf } from '../../state/endpoint.ts';
import type { EndpointKey } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import type { Lease } from '../../state/lease.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { claimLeases } from '../interface/addresses.ts';
import type { LeaseRequest } from '../request.ts';

// Also when a plugin of ours has the addresses, which asks nobody for them.
function refuseSecond(host: Host, key: EndpointKey): void {
  const whole = { ...key, ifname: interfaceOf(key) };
  const [held] = [key, whole].flatMap((one) => leasesOf(host.db, endpointId(one)));
  if (held === undefined) return;
  throw new TsnetError(
    'TSNET_EXISTS',
    `${held.address.ip.toString()} has been allocated to ${key.container}, duplicate allocation is not allowed`,
  );
}

export const leaseDriver: Driver<LeaseRequest, readonly Lease[]> = {
  sandbox: 'any',
  describe: (host, { key }) => {
    refuseSecond(host, key);
    return {};
  },
  claim: (host, endpoint, { addressing }) => claimLeases(host.db, endpoint, addressing, false),
  connect: (_host, _endpoint, _request, _namespace, leases) => ({
    interfaces: [],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: undefined })),
    routes: [],
  }),
  disconnect: (host, endpoint) => host.db.transaction(() => deleteEndpoint(host.db, endpoint.id)),
  inspect: (host, endpoint, { addresses }) => {
    const held = leasesOf(host.db, endpoint.id);
    return addresses
      .filter(({ address }) => !held.some((lease) => lease.address.equals(address)))
      .map(({ address }) => `address ${address.toString()} is not leased to it any more`);
  },
};
