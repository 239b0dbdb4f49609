// What the reference plugins made before tsnet took their place. Their containers go on living: DEL, CHECK and GC meet
// endpoints that are not on record.
import type { Ip } from '../address/index.ts';
import { hasReference, removeReference, removeStaleReference } from '../firewall/reference/remove.ts';
import type { PartName } from '../firewall/reference/remove.ts';
import { endpointId, interfaceOf } from '../state/endpoint.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import { holderOf } from '../state/lease.ts';
import type { Attachment } from './attachment.ts';
import { givenByHostLocal, hostLocalFolder, isGivenTo } from './host-local.ts';
import type { Host } from './host.ts';

/** What a call tells of an endpoint, beside its key. */
export interface Told {
  /** What the runtime remembers of the ADD; the addresses may be somebody else's by now. */
  readonly attachment: Attachment | undefined;
  /** Where host-local kept what it gave, when the call names it. */
  readonly hostLocalFolder: string | undefined;
}

/** What makes the interface itself, which tells of which network it is, and so does not touch what only names a container. */
const byInterface: readonly PartName[] = ['masquerade', 'ports', 'forward'];

const byPlugin: Readonly<Record<string, readonly PartName[]>> = {
  portmap: ['ports', 'hostports'],
  firewall: ['forward'],
};

function partsOf({ ifname }: EndpointKey): readonly PartName[] {
  const [, plugin] = ifname.split(':');
  return plugin === undefined ? byInterface : (byPlugin[plugin] ?? []);
}

// A runtime may repeat a DEL long after the address has gone to another container.
function ownAddresses(host: Host, key: EndpointKey, told: Told): Ip[] {
  const given = givenByHostLocal(told.hostLocalFolder ?? hostLocalFolder(key.network));
  const own = given.filter((one) => isGivenTo(one, key)).map(({ ip }) => ip);
  const remembered = (told.attachment?.addresses ?? [])
    .map(({ address }) => address.ip)
    .filter((ip) => {
      const holder = holderOf(host.db, key.network, ip);
      const isOthers = holder !== undefined && holder !== endpointId(key);
      return !isOthers && !given.some((one) => one.ip.equals(ip));
    });
  return [...own, ...remembered];
}

/**
 * Takes away the rules that a plugin of the reference made for an endpoint that is not on record. On a host that the
 * reference never served it is one look.
 */
export function forgetReference(host: Host, key: EndpointKey, told: Told): void {
  const parts = partsOf(key);
  if (parts.length === 0) return;
  const own = { ...key, ifname: interfaceOf(key) };
  removeReference(host.netfilter, parts, own, () => ownAddresses(host, own, told));
}

/** Tells whether a chained plugin of the reference has done its part for an endpoint. */
export function isDoneByReference(host: Host, key: EndpointKey, told: Told): boolean {
  const own = { ...key, ifname: interfaceOf(key) };
  return partsOf(key).some((part) =>
    hasReference(host.netfilter, part, own, () => ownAddresses(host, own, told)),
  );
}

/**
 * Takes away the rules that the reference left of a network's containers that are not to be kept. What names no container
 * is told by the addresses that host-local gave.
 */
export function collectReference(
  host: Host,
  network: string,
  keep: readonly EndpointKey[],
  folder = hostLocalFolder(network),
): void {
  for (const given of givenByHostLocal(folder)) {
    if (keep.some((key) => isGivenTo(given, key))) continue;
    const { container, ifname = '', ip } = given;
    removeReference(host.netfilter, ['forward'], { network, container, ifname }, () => [ip]);
  }
  removeStaleReference(host.netfilter, network, keep);
}
