// Mode none: a sandbox with loopback and nothing else.
import { Mac } from '../address/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { IFF } from '../netlink/route/constants.ts';
import { findLink, setLink } from '../netlink/route/link.ts';
import type { Namespace } from '../netns/namespace.ts';
import { deleteEndpoint } from '../state/endpoint.ts';
import type { Attachment } from './attachment.ts';
import type { Driver } from './driver.ts';
import type { NoneRequest } from './request.ts';

const LOOPBACK = 'lo';

/** Takes a sandbox's loopback up and tells what it carries. */
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

export const noneDriver: Driver<NoneRequest> = {
  sandbox: 'foreign',
  describe: () => ({}),
  claim: () => undefined,
  connect: (_host, _endpoint, _request, namespace) => raiseLoopback(namespace),
  disconnect: (host, endpoint) => host.db.transaction(() => deleteEndpoint(host.db, endpoint.id)),
  inspect: (_host, _endpoint, _attachment, namespace) => {
    using connection = openConnection(namespace.fd, NETLINK.ROUTE);
    const isUp = ((findLink(connection, { ifname: LOOPBACK })?.flags ?? 0) & IFF.UP) !== 0;
    return isUp ? [] : ['loopback is down'];
  },
};
