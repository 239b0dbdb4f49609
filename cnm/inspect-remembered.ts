// What CHECK looks at of an endpoint that is not on record: what the runtime remembers must be there, as the reference
// plugins look at it, too.
import { IFF } from '../netlink/route/constants.ts';
import { findLink } from '../netlink/route/link.ts';
import type { Link } from '../netlink/route/link.ts';
import type { Namespace } from '../netns/namespace.ts';
import { endpointId } from '../state/endpoint.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import type { AttachedInterface, Attachment } from './attachment.ts';
import { givenByHostLocal, isGivenTo } from './host-local.ts';
import type { Host } from './host.ts';
import { inspectSandbox } from './interface/inspect.ts';
import { hostLinkName } from './interface/names.ts';

const isOfHost = ({ sandbox }: AttachedInterface): boolean => sandbox === undefined || sandbox === '';

/** What is missing or wrong, in words. What tsnet itself has made must be on record. */
export function inspectRemembered(
  host: Host,
  key: EndpointKey,
  attachment: Attachment,
  namespace: Namespace,
): string[] {
  const isOurs = findLink(host.route, { ifname: hostLinkName(endpointId(key)) }) !== undefined;
  if (isOurs) return ['it is not on record as attached'];
  const at = attachment.interfaces.findIndex((one) => one.name === key.ifname && !isOfHost(one));
  const own = attachment.interfaces[at];
  if (own === undefined) return [`prevResult names no interface "${key.ifname}" in a sandbox`];
  if (own.sandbox !== namespace.path)
    return [`Sandbox in prevResult ${own.sandbox ?? ''} doesn't match configured netns: ${namespace.path}`];
  const addresses = attachment.addresses.filter((one) => one.interface === at);
  return [
    ...inspectHostLinks(host, attachment.interfaces.filter(isOfHost)),
    ...inspectSandbox(key, { ...attachment, addresses }, namespace),
  ];
}

function inspectHostLinks(host: Host, interfaces: readonly AttachedInterface[]): string[] {
  const links = interfaces.map(({ name }) => [name, findLink(host.route, { ifname: name })] as const);
  const bridge = links.find(([, link]) => link?.attributes.info?.kind === 'bridge')?.[1];
  return links.flatMap(([name, link]) => {
    if (link === undefined) return [`link "${name}" is missing`];
    if ((link.flags & IFF.UP) === 0) return [`link "${name}" is down`];
    return isAstray(link, bridge) ? [`link "${name}" is not in bridge "${bridge?.ifname ?? ''}"`] : [];
  });
}

function isAstray({ attributes: { info, master } }: Link, bridge: Link | undefined): boolean {
  return info?.kind === 'veth' && bridge !== undefined && master !== bridge.index;
}

/** The addresses of an endpoint that host-local has given to somebody else, or to nobody, in words. */
export function inspectHostLocal(folder: string, key: EndpointKey, { addresses }: Attachment): string[] {
  const own = givenByHostLocal(folder).filter((one) => isGivenTo(one, key));
  return addresses
    .filter(({ address }) => !own.some(({ ip }) => ip.equals(address.ip)))
    .map(({ address }) => `address ${address.ip.toString()} is not reserved in ${folder}`);
}
