// What CHECK looks at: both ends, addresses, routes, rules.
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { findRoute } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { inspectRules } from '../inspect-rules.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import { hostLinkName } from '../interface/names.ts';
import { gatewaysOf } from './host-end.ts';
import { routesByGateway } from './routes.ts';

/** What is missing or wrong about an endpoint without a bridge, in words. */
export function inspectPtp(
  host: Host,
  endpoint: Endpoint,
  attachment: Attachment,
  namespace: Namespace,
): string[] {
  const routes = [...routesByGateway(attachment.addresses), ...attachment.routes];
  return [
    ...inspectHostEnd(host, endpoint, attachment),
    ...inspectSandbox(endpoint, { ...attachment, routes }, namespace),
    ...inspectRules(host, endpoint),
  ];
}

function inspectHostEnd(host: Host, { id }: Endpoint, { addresses }: Attachment): string[] {
  const ifname = hostLinkName(id);
  const link = findLink(host.route, { ifname });
  if (link === undefined) return [`link "${ifname}" is missing`];
  const present = listAddresses(host.route, link.index);
  const lost = gatewaysOf(addresses)
    .filter((gateway) => !present.some(({ address }) => address.equals(gateway)))
    .map((gateway) => `address ${gateway.toString()} of link "${ifname}" is missing`);
  const astray = addresses
    .filter(({ address }) => findRoute(host.route, address.ip)?.oif !== link.index)
    .map(({ address }) => `the host's route to ${address.ip.toString()} does not go by link "${ifname}"`);
  const down = (link.flags & IFF.UP) === 0 ? [`link "${ifname}" is down`] : [];
  return [...down, ...lost, ...astray];
}
