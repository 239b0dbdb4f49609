// What CHECK looks at inside the sandbox: the interface, its addresses, its routes.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF, RT_TABLE } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';

/** What is missing or wrong about an endpoint's interface in the sandbox, in words. */
export function inspectSandbox(
  { ifname }: Pick<Endpoint, 'ifname'>,
  { addresses, routes }: Attachment,
  namespace: Namespace,
): string[] {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(connection, { ifname });
  if (link === undefined) return [`interface "${ifname}" is missing in the sandbox`];
  const present = listAddresses(connection, link.index);
  const laid = listRoutes(connection);
  const lost = addresses
    .filter(({ address }) => !present.some((one) => one.address.equals(address)))
    .map(({ address }) => `address ${address.toString()} is missing`);
  const astray = routes
    .filter(({ dst, gw, table }) => {
      const isLaid = laid.some(
        (one) =>
          one.oif === link.index &&
          one.dst.equals(dst) &&
          one.table === (table ?? RT_TABLE.MAIN) &&
          (gw === undefined || one.gateway?.equals(gw) === true),
      );
      return !isLaid;
    })
    .map(({ dst }) => `route ${dst.toString()} is missing`);
  const down = (link.flags & IFF.UP) === 0 ? [`interface "${ifname}" is down in the sandbox`] : [];
  return [...down, ...lost, ...astray];
}
