// What CHECK looks at: both ends, addresses, routes, rules.
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { findRoute } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { inspectRules } from '../inspect-rules.ts';
import type { SandboxAddress } from '../interface/configure.ts';
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
  return link === undefined ? [`link "${ifname}" is missing`] : problemsOf(host, link, addresses);
}

/** What is missing or wrong of the host's end of a pair that is there, in words. */
export function problemsOf(host: Host, link: Link, addresses: readonly SandboxAddress[]): string[] {
  const { ifname, index } = link;
  const present = listAddresses(host.route, index);
  const lost = gatewaysOf(addresses)
    .filter((gateway) => !present.some(({ address }) => address.equals(gateway)))
    .map((gateway) => `address ${gateway.toString()} of link "${ifname}" is missing`);
  const astray = addresses
    .filter(({ address }) => findRoute(host.route, address.ip)?.oif !== index)
    .map(({ address }) => `the host's route to ${address.ip.toString()} does not go by link "${ifname}"`);
  const down = (link.flags & IFF.UP) === 0 ? [`link "${ifname}" is down`] : [];
  return [...down, ...lost, ...astray];
}
