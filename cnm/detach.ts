// DEL: needs nothing but the key, and succeeds when there is nothing to do.
import { log } from '../log/log.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { deleteLink, findLink } from '../netlink/route/link.ts';
import { isSameNamespace, openIfPresent, ownNamespace } from '../netns/namespace.ts';
import {
  endpointId,
  findEndpoint,
  IPAM,
  isPart,
  listEndpoints,
  ownerName,
  partOf,
  setState,
} from '../state/endpoint.ts';
import type { Endpoint, EndpointKey } from '../state/endpoint.ts';
import { removeStrayPort } from './bridge/device.ts';
import { hostLinkName } from './interface/names.ts';
import { driverOf } from './drivers.ts';
import type { Host } from './host.ts';

/** Takes away what is there of an endpoint that is not on record; `netns` may be empty or gone. */
export type TakeStray = (host: Host, key: EndpointKey, netns: string) => void;

/**
 * Takes an endpoint away with all it has: rules, link, addresses. Repeating it is no error. The path of the sandbox is of
 * use only for an endpoint that is not on record, such as one that another plugin made before tsnet took its place:
 * `takeStray` knows what that is: of an endpoint as a rule a veth pair, of a part nothing. Tells whether it was on record.
 */
export function detach(
  host: Host,
  key: EndpointKey,
  netns = '',
  takeStray: TakeStray | undefined = isPart(key) ? undefined : takeStrayLink('veth'),
): boolean {
  const endpoint = findEndpoint(host.db, key);
  if (endpoint === undefined) {
    // The plugin before ours may have asked our IPAM for its addresses.
    if (!isPart(key)) detach(host, partOf(key, IPAM));
    takeStray?.(host, key, netns);
    return false;
  }
  if (isShared(host, endpoint)) {
    host.db.transaction(() => setState(host.db, endpoint.id, 'leaving'));
    return true;
  }
  remove(host, endpoint);
  if (endpoint.shares !== undefined) releaseOwner(host, endpoint.shares);
  return true;
}

// The sandbox's network stays until the last one who shares it is gone.
function isShared(host: Host, { mode, container }: Endpoint): boolean {
  return mode !== 'container' && listEndpoints(host.db, 'shares', container).length > 0;
}

function releaseOwner(host: Host, owner: string): void {
  for (const endpoint of listEndpoints(host.db, 'container', owner)) {
    if (endpoint.state === 'leaving' && !isShared(host, endpoint)) remove(host, endpoint);
  }
}

// Rules first, then the link, the address last: nobody gets an address that a packet can still be sent to.
function remove(host: Host, endpoint: Endpoint): void {
  host.db.transaction(() => setState(host.db, endpoint.id, 'deleting'));
  driverOf(endpoint.mode).disconnect(host, endpoint);
  log('info', 'detached', () => ({ endpoint: ownerName(endpoint), mode: endpoint.mode }));
}

/**
 * What is there of an endpoint that is not on record, as when the run directory was lost: the names of its links still tell
 * whose they are. `kind` is what the kernel calls the interface in the sandbox.
 */
export function takeStrayLink(kind: string): TakeStray {
  return (host, key, netns) => {
    takeHostEnd(host, key);
    deleteInside(netns, key, kind);
  };
}

function takeHostEnd(host: Host, key: EndpointKey): void {
  const ifname = hostLinkName(endpointId(key));
  // Asked first, which waits for nobody: runtimes call DEL twice, and then it is gone.
  if (host.route.linkIndex(ifname) === undefined) return;
  const link = findLink(host.route, { ifname });
  if (link !== undefined) removeStrayPort(host, link);
}

// Of another kind it is not the plugin's making; with another's alias it is a device of the host's that was moved in. The
// host's own namespace is nobody's sandbox.
function deleteInside(netns: string, key: EndpointKey, kind: string): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined || isSameNamespace(namespace, ownNamespace())) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(connection, { ifname: key.ifname });
  const { info, alias = ownerName(key) } = link?.attributes ?? {};
  if (link !== undefined && info?.kind === kind && alias === ownerName(key))
    connection.request(deleteLink({ index: link.index }));
}
