// Mode vrf: an interface's place in a virtual routing domain of the sandbox, a device that has a routing table of its own.
import { InterfaceAddress } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { listAddresses, newAddress } from '../../netlink/route/address.ts';
import { RT_SCOPE, RTPROT } from '../../netlink/route/constants.ts';
import { findLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { listRoutes, newRoute } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, interfaceOf, setKept } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { withLock } from '../../state/lock.ts';
import type { Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import type { VrfRequest } from '../request.ts';
import { attempt, isLaid, mainRoutes, parseRoutes, restoreRoutes } from './kept-route.ts';
import type { KeptRoute, RouteJson } from './kept-route.ts';
import { linkOf, openAgain } from './sandbox-link.ts';
import { freeTables, keptBeside, tablesInUse } from './table.ts';
import type { KeptTables } from './table.ts';
import { ensureVrf, findVrf, refuseOtherTable, tidyVrf } from './vrf-device.ts';

/** What the kernel takes from an interface that comes into a domain or leaves it, and where it belongs. */
interface Membership extends KeptTables {
  readonly vrf: string;
  readonly table: number;
  /** The routes that somebody laid; the kernel lays those of addresses itself. */
  readonly routes: readonly KeptRoute[];
  readonly addresses: readonly InterfaceAddress[];
}

type MembershipJson = Pick<Membership, 'vrf' | 'table' | 'tables'> & {
  routes: RouteJson[];
  addresses: string[];
};

/** What `describe` has seen. `busy` are the tables in use, `found` that of the domain, if it is there. */
type Sight = Pick<MembershipJson, 'routes' | 'addresses'> & { busy: number[]; found?: number };

function parse(text: string): Membership {
  const { routes, addresses, ...rest } = JSON.parse(text) as MembershipJson;
  return {
    ...rest,
    routes: parseRoutes(routes),
    addresses: addresses.map((one) => InterfaceAddress.parse(one)),
  };
}

function look({ vrf, key, table }: VrfRequest, namespace: Namespace): string {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const ifname = interfaceOf(key);
  const link = linkOf(connection, ifname, namespace);
  refuseMember(connection, link);
  const found = findVrf(connection, vrf)?.table;
  if (table !== undefined) refuseOtherTable(vrf, table, found);
  return JSON.stringify({
    found,
    busy: tablesInUse(connection),
    routes: mainRoutes(connection, link.index).filter(({ protocol }) => protocol !== RTPROT.KERNEL),
    addresses: listAddresses(connection, link.index)
      .filter(({ address, scope }) => address.family === 6 && scope === RT_SCOPE.UNIVERSE)
      .map(({ address }) => address),
  });
}

function refuseMember(connection: Connection, { ifname, attributes: { master } }: Link): void {
  if (master === undefined || master === 0) return;
  const name = findLink(connection, { index: master })?.ifname ?? master;
  throw new TsnetError('TSNET_EXISTS', `interface ${ifname} has already a master set: ${name}`);
}

function claim(host: Host, endpoint: Endpoint, { vrf, table }: VrfRequest): Membership {
  const { busy, found, routes, addresses } = JSON.parse(endpoint.kept ?? '{}') as Sight;
  const fellow = keptBeside<MembershipJson>(host.db, endpoint, 'vrf').find((one) => one.vrf === vrf);
  const [free = 0] = freeTables(host.db, endpoint, 1, busy);
  if (table !== undefined) refuseOtherTable(vrf, table, found ?? fellow?.table);
  const decided = table ?? found ?? fellow?.table ?? free;
  const kept = JSON.stringify({ vrf, table: decided, tables: [decided], routes, addresses });
  setKept(host.db, endpoint.id, kept);
  return parse(kept);
}

function connect(host: Host, endpoint: Endpoint, namespace: Namespace, membership: Membership): Attachment {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = linkOf(connection, interfaceOf(endpoint), namespace);
  withLock(host.bridgeLock, 'shared', () => {
    const vrf = ensureVrf(connection, membership.vrf, membership.table);
    connection.request(setLink({ index: link.index }, { master: vrf.index }));
  });
  const { addresses, routes, table } = membership;
  const oif = link.index;
  for (const address of addresses) lay(connection, newAddress(oif, address));
  for (const route of routes) lay(connection, newRoute({ ...route, table, oif }));
  return { interfaces: [], addresses: [], routes: [] };
}

// An interface goes down and up on its way into a domain or out of it: IPv6 addresses, and routes that somebody laid, may be
// lost or not.
function lay(connection: Connection, request: AnyRequest): void {
  try {
    connection.request(request);
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
}

function disconnect(host: Host, endpoint: Endpoint): void {
  if (endpoint.kept !== undefined) leave(host, endpoint, parse(endpoint.kept));
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
}

function leave(host: Host, endpoint: Endpoint, { vrf: name, addresses, routes }: Membership): void {
  using namespace = openAgain(endpoint);
  if (namespace === undefined) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const vrf = findLink(connection, { ifname: name });
  if (vrf?.attributes.info?.kind !== 'vrf') return;
  const link = findLink(connection, { ifname: interfaceOf(endpoint) });
  if (link?.attributes.master === vrf.index) {
    connection.request(setLink({ index: link.index }, { master: 0 }));
    for (const address of addresses) attempt(connection, newAddress(link.index, address));
    restoreRoutes(connection, link.index, routes);
  }
  tidyVrf(host, connection, vrf);
}

function inspect({ kept, ...key }: Endpoint, namespace: Namespace): string[] {
  const { vrf: name, table, routes } = parse(kept ?? '');
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const ifname = interfaceOf(key);
  const link = findLink(connection, { ifname });
  const vrf = findLink(connection, { ifname: name });
  if (vrf?.attributes.info?.kind !== 'vrf') return [`VRF ${name} is missing`];
  if (link?.attributes.master !== vrf.index) return [`failed to find ${ifname} associated to vrf ${name}`];
  const present = listRoutes(connection);
  return routes
    .filter((route) => !isLaid(present, link.index, { ...route, table }))
    .map(({ dst }) => `route ${dst.toString()} is missing in table ${table}`);
}

export const vrfDriver: Driver<VrfRequest, Membership> = {
  sandbox: 'foreign',
  describe: (_host, request, namespace) => ({ kept: look(request, namespace) }),
  claim,
  connect: (host, endpoint, _request, namespace, membership) =>
    connect(host, endpoint, namespace, membership),
  disconnect,
  inspect: (_host, endpoint, _attachment, namespace) => inspect(endpoint, namespace),
};
