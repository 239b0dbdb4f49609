// What CHECK looks at inside the sandbox: the interface, its addresses, its routes.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF, RT_TABLE } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Route } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { AttachedRoute, Attachment } from '../attachment.ts';
import { withGateways } from './configure.ts';

/** What is missing or wrong about an endpoint's interface in the sandbox, in words. One that was left down may be up. */
export function inspectSandbox(
  { ifname }: Pick<Endpoint, 'ifname'>,
  { addresses, routes }: Attachment,
  namespace: Namespace,
  { isLeftDown = false }: { isLeftDown?: boolean } = {},
): string[] {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(connection, { ifname });
  if (link === undefined) return [`interface "${ifname}" is missing in the sandbox`];
  const present = listAddresses(connection, link.index);
  const laid = listRoutes(connection);
  const lost = addresses
    .filter(({ address }) => !present.some((one) => one.address.equals(address)))
    .map(({ address }) => `address ${address.toString()} is missing`);
  const astray = withGateways(routes, addresses)
    .filter((route) => !laid.some((one) => one.oif === link.index && isSame(one, route)))
    .map(({ dst }) => `route ${dst.toString()} is missing`);
  const isDown = (link.flags & IFF.UP) === 0 && !isLeftDown;
  const down = isDown ? [`interface "${ifname}" is down in the sandbox`] : [];
  return [...down, ...lost, ...astray];
}

// What a route does not say, or says with 0, is the kernel's choice.
function isSame(laid: Route, { dst, gw, table, priority, mtu, advmss }: AttachedRoute): boolean {
  return (
    laid.dst.equals(dst) &&
    (gw === undefined || laid.gateway?.equals(gw) === true) &&
    // Where none is named, a plugin behind in the chain may have moved it.
    (isSet(table) ? laid.table === table : laid.table !== RT_TABLE.LOCAL) &&
    (!isSet(priority) || laid.priority === priority) &&
    (!isSet(mtu) || laid.mtu === mtu) &&
    (!isSet(advmss) || laid.advmss === advmss)
  );
}

function isSet(value: number | undefined): boolean {
  return value !== undefined && value !== 0;
}
