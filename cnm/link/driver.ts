// Mode link: one interface, made inside the sandbox, of another kind than a veth.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { listLinks, setLink } from '../../netlink/route/link.ts';
import { isSameNamespace, openIfPresent } from '../../netns/namespace.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Lease } from '../../state/lease.ts';
import type { Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { claimLeases } from '../interface/addresses.ts';
import { configure, decideRoutes } from '../interface/configure.ts';
import { unfinishedLinkName } from '../interface/names.ts';
import type { LinkRequest } from '../request.ts';
import { createLink } from './create.ts';
import { inspectLink } from './inspect.ts';
import { settle } from './settle.ts';
import { readSpec } from './spec.ts';

function connect(
  host: Host,
  endpoint: Endpoint,
  { mac, routes: wanted }: LinkRequest,
  namespace: Namespace,
  leases: readonly Lease[],
): Attachment {
  const { ifname, netns: sandbox } = endpoint;
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = createLink(host, inside, { endpoint, spec: readSpec(endpoint), mac, namespace });
  const routes = decideRoutes(wanted, leases, false);
  // Without addresses of ours it is for whoever is inside to configure.
  if (leases.length > 0) configure(namespace, { ifname, index: link.index }, leases, routes);
  else inside.request(setLink({ index: link.index }, {}, { UP: true }));
  return {
    interfaces: [{ name: ifname, mac: link.attributes.address, mtu: link.mtu, sandbox }],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: 0 })),
    routes,
  };
}

function disconnect(host: Host, endpoint: Endpoint): void {
  using namespace = openIfPresent(endpoint.netns);
  // With its namespace, or with its master, the link went by itself.
  if (namespace !== undefined && isSameNamespace(namespace, endpoint)) deleteOurs(host, namespace, endpoint);
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
}

function deleteOurs(host: Host, namespace: Namespace, endpoint: Endpoint): void {
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  const owner = ownerName(endpoint);
  const unfinished = unfinishedLinkName(endpoint.id);
  for (const { index, ifname, attributes } of listLinks(inside)) {
    if (attributes.alias === owner || ifname === unfinished)
      host.removeLinkInside(namespace, inside, { index });
  }
}

export const linkDriver: Driver<LinkRequest, Lease[]> = {
  sandbox: 'foreign',
  describe: (host, { link }, namespace) => ({ kept: JSON.stringify(settle(host, link, namespace)) }),
  claim: (host, endpoint, { addressing }) => claimLeases(host.db, endpoint, addressing, false),
  connect,
  disconnect,
  inspect: inspectLink,
};
