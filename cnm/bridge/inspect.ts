// What CHECK looks at: the pair, the bridge, addresses, routes, rules.
import { IFF } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { inspectRules } from '../inspect-rules.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import { hostLinkName } from '../interface/names.ts';

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
