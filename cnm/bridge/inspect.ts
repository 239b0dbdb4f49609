// What CHECK looks at: the pair, the bridge, addresses, routes, rules.
import { findBridgePort } from '../../netlink/route/bridge-port.ts';
import { IFF } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { inspectRules } from '../inspect-rules.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import { hostLinkName } from '../interface/names.ts';
import { guardOf } from './guard.ts';
import { readKept } from './kept.ts';
import type { BridgeKept } from './kept.ts';
import { learnsUnseen } from './learning.ts';
import { inspectVlans } from './vlan.ts';

/** What is missing or wrong about an endpoint on a bridge, in words. */
export function inspectBridge(
  host: Host,
  endpoint: Endpoint,
  attachment: Attachment,
  namespace: Namespace,
): string[] {
  const guard = guardOf(host.db, endpoint);
  return [
    ...inspectHostSide(host, endpoint),
    ...inspectSandbox(endpoint, attachment, namespace, readKept(endpoint).inside),
    ...inspectRules(host, endpoint),
    ...(guard === undefined ? [] : host.guard.missing(guard)),
  ];
}

function inspectHostSide(host: Host, endpoint: Endpoint): string[] {
  const kept = readKept(endpoint);
  const { bridge: device = kept.plug } = endpoint;
  const bridge = findLink(host.route, { ifname: kept.plug });
  if (bridge === undefined) return [`bridge "${kept.plug}" is missing`];
  const problems = (bridge.flags & IFF.UP) === 0 ? [`bridge "${kept.plug}" is down`] : [];
  if (kept.isPromiscuous && (bridge.flags & IFF.PROMISC) === 0)
    problems.push(`bridge "${kept.plug}" is not promiscuous`);
  if (device !== kept.plug && findLink(host.route, { ifname: device }) === undefined)
    problems.push(`gateway "${device}" is missing`);
  if (endpoint.guard === 'addresses' && learnsUnseen(bridge))
    problems.push(`bridge "${kept.plug}" learns from frames that no rule sees (no_linklocal_learn is 0)`);
  return [...problems, ...inspectPort(host, endpoint, bridge, kept)];
}

function inspectPort(host: Host, { id }: Endpoint, bridge: Link, { isHairpin, port }: BridgeKept): string[] {
  const ifname = hostLinkName(id);
  const link = findLink(host.route, { ifname });
  if (link === undefined) return [`link "${ifname}" is missing`];
  const problems = (link.flags & IFF.UP) === 0 ? [`link "${ifname}" is down`] : [];
  if (link.attributes.master !== bridge.index)
    return [...problems, `link "${ifname}" is not in bridge "${bridge.ifname}"`];
  if (isHairpin || port.isIsolated) {
    const present = findBridgePort(host.route, ifname);
    if (isHairpin && present?.isHairpin !== true) problems.push(`link "${ifname}" is not in hairpin mode`);
    if (port.isIsolated && present?.isIsolated !== true) problems.push(`link "${ifname}" is not isolated`);
  }
  return port.vlans === undefined ? problems : [...problems, ...inspectVlans(host, link, port.vlans)];
}
