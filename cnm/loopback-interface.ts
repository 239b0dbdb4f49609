// The interface `lo` of a sandbox: up, down, and what it carries.
import { Mac } from '../address/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { IFF } from '../netlink/route/constants.ts';
import { findLink, setLink } from '../netlink/route/link.ts';
import type { Namespace } from '../netns/namespace.ts';
import type { Attachment } from './attachment.ts';

const LOOPBACK = 'lo';

/**
 * Takes a sandbox's loopback up and tells what it carries: the kernel gives it 127.0.0.1/8, and ::1/128 where IPv6 is
 * on. Throws KernelError.
 */
export function raiseLoopback(namespace: Namespace): Attachment {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  connection.request(setLink({ ifname: LOOPBACK }, {}, { UP: true }));
  const link = findLink(connection, { ifname: LOOPBACK });
  const mac = Mac.fromBytes(new Uint8Array(6));
  return {
    interfaces: [{ name: LOOPBACK, mac, mtu: link?.mtu ?? 0, sandbox: namespace.path }],
    addresses: listAddresses(connection, link?.index).map(({ address }) => ({
      address,
      gateway: undefined,
      interface: 0,
    })),
    routes: [],
  };
}

/** Takes a sandbox's loopback down, also when it is down already. Throws KernelError. */
export function lowerLoopback(namespace: Namespace): void {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  connection.request(setLink({ ifname: LOOPBACK }, {}, { UP: false }));
}

/** What is wrong with a sandbox's loopback, in words. */
export function inspectLoopback(namespace: Namespace): string[] {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const isUp = ((findLink(connection, { ifname: LOOPBACK })?.flags ?? 0) & IFF.UP) !== 0;
  return isUp ? [] : ['loopback is down'];
}
