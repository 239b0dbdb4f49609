// DEL: needs nothing but the key, and succeeds when there is nothing to do.
import { log } from '../log/log.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { deleteLink, deleteLinkIfPresent, findLink } from '../netlink/route/link.ts';
import { isSameNamespace, openIfPresent, ownNamespace } from '../netns/namespace.ts';
import { endpointId, findEndpoint, isPart, listEndpoints, ownerName, setState } from '../state/endpoint.ts';
import type { Endpoint, EndpointKey } from '../state/endpoint.ts';
import { hostLinkName } from './interface/names.ts';
import { driverOf } from './drivers.ts';
import type { Host } from './host.ts';

/**
 * Takes an endpoint away with all it has: rules, link, addresses. Repeating it is no error. The path of the sandbox is of
 * use only for an endpoint that is not on record, such as one that another plugin made before tsnet took its place.
 * Tells whether the endpoint was on record.
 */
export function detach(host: Host, key: EndpointKey, netns = ''): boolean {
  const endpoint = findEndpoint(host.db, key);
  if (endpoint === undefined) {
    if (isPart(key)) return false;
    deleteStray(host, key);
    deleteInside(netns, key.ifname);
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

// Without a record, as when the run directory was lost, the link's name still tells whose it is.
function deleteStray(host: Host, key: EndpointKey): void {
  deleteLinkIfPresent(host.route, { ifname: hostLinkName(endpointId(key)) });
}

// Only a veth is a plugin's own making; with it goes its other end. The host's own namespace is nobody's sandbox.
function deleteInside(netns: string, ifname: string): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined || isSameNamespace(namespace, ownNamespace())) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(connection, { ifname });
  if (link?.attributes.info?.kind === 'veth') connection.request(deleteLink({ index: link.index }));
}
