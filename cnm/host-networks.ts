// The subnets that the host itself is in.
import type { HostNetwork } from '../firewall/egress.ts';
import type { Connection } from '../netlink/connection.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { listLinks } from '../netlink/route/link.ts';

/** The subnets of all addresses of the connection's namespace, with the device that each is on. */
export function hostNetworks(route: Connection): HostNetwork[] {
  const names = new Map(listLinks(route).map(({ index, ifname }) => [index, ifname]));
  return listAddresses(route).flatMap(({ index, address }) => {
    const device = names.get(index);
    return device === undefined ? [] : [{ device, cidr: address.network }];
  });
}
