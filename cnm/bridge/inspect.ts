// What CHECK looks at: the pair, the bridge, addresses, routes, rules.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF, RT_TABLE } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { intentOf } from '../intent.ts';
import { hostLinkName } from './names.ts';

/** What is missing or wrong about an endpoint on a bridge, in words. */
export function inspectBridge(
  host: Host,
  endpoint: Endpoint,
  attachment: Attachment,
  namespace: Namespace,
): string[] {
  return [
    ...inspectHostSide(host, endpoint),
    ...inspectSandbox(endpoint, attachment, namespace),
    ...inspectRules(host, endpoint),
  ];
}

function inspectHostSide(host: Host, { id, bridge: bridgeName = '' }: Endpoint): string[] {
  const hostLink = hostLinkName(id);
  const bridge = findLink(host.route, { ifname: bridgeName });
  if (bridge === undefined) return [`bridge "${bridgeName}" is missing`];
  const link = findLink(host.route, { ifname: hostLink });
  const problems = (bridge.flags & IFF.UP) === 0 ? [`bridge "${bridgeName}" is down`] : [];
  if (link === undefined) return [...problems, `link "${hostLink}" is missing`];
  if (link.attributes.master !== bridge.index)
    problems.push(`link "${hostLink}" is not in bridge "${bridgeName}"`);
  if ((link.flags & IFF.UP) === 0) problems.push(`link "${hostLink}" is down`);
  return problems;
}

function inspectSandbox(
  { ifname }: Endpoint,
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

/** What is missing or wrong of an endpoint's part of the firewall, in words. */
export function inspectRules(host: Host, endpoint: Endpoint): string[] {
  const intent = intentOf(host.db, endpoint);
  if (intent === undefined) return [];
  return host.firewall.missing(intent).map((what) => `${what} of table inet tsnet are missing or wrong`);
}
