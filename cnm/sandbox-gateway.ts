// The way out of a sandbox on several networks: default routes and published ports are of the network that comes first.
import { everywhere, Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import type { Intent } from '../firewall/intent.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { setBridgePort } from '../netlink/route/bridge-port.ts';
import { RT_TABLE, RTN } from '../netlink/route/constants.ts';
import { findLink, listLinks } from '../netlink/route/link.ts';
import { deleteRoute, listRoutes, prependRoute } from '../netlink/route/route.ts';
import { openIfPresent } from '../netns/namespace.ts';
import { withLock } from '../state/lock.ts';
import { deletePorts, portsOf } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import { getSandboxById } from '../state/sandbox.ts';
import type { Sandbox, WantedPort } from '../state/sandbox.ts';
import { closeLoopback, openLoopback } from './bridge/loopback.ts';
import { endFlows, redirectFlows } from './flows.ts';
import type { Host } from './host.ts';
import { makeIntent } from './intent.ts';
import { hostLinkName } from './interface/names.ts';
import { publish } from './publish.ts';
import type { PortRequest } from './request.ts';
import { membersOf, waysOut } from './sandbox-members.ts';
import type { Member } from './sandbox-members.ts';

/**
 * Makes a sandbox leave by the network that comes first among those with a gateway of the family, and has its published
 * ports lead there. What is so already is left alone. Throws KernelError, or PortTaken when another has got a port
 * meanwhile that leads nowhere since the network of before was left.
 */
export function settleWayOut(host: Host, { id }: Sandbox): void {
  const sandbox = getSandboxById(host.db, id);
  if (sandbox === undefined) return;
  const members = membersOf(host.db, [sandbox]);
  const ways = waysOut(members);
  settleRoutes(sandbox, members, ways);
  const [way] = ways;
  if (way !== undefined) settlePorts(host, sandbox, members, way);
}

function settleRoutes({ netns }: Sandbox, members: readonly Member[], ways: readonly Member[]): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const links = new Map(listLinks(connection).map(({ ifname, index }) => [ifname, index]));
  const ours = members.map(({ endpoint }) => links.get(endpoint.ifname));
  const all = listRoutes(connection).filter(
    ({ dst, table, type, oif }) =>
      dst.prefix === 0 && table === RT_TABLE.MAIN && type === RTN.UNICAST && ours.includes(oif),
  );
  for (const family of [4, 6] as const) {
    const wanted = wayOf(family, ways);
    const oif = wanted === undefined ? undefined : links.get(wanted.ifname);
    const there = all.filter(({ dst }) => dst.family === family);
    const isRight = (route: (typeof there)[number]): boolean =>
      route.oif === oif && wanted !== undefined && route.gateway?.equals(wanted.gateway) === true;
    const wrong = there.filter((route) => !isRight(route));
    const isMissing = wanted !== undefined && oif !== undefined && !there.some(isRight);
    connection.pipeline([
      ...wrong.map(deleteRoute),
      ...(isMissing ? [prependRoute({ dst: everywhere[family], gateway: wanted.gateway, oif })] : []),
    ]);
  }
}

function wayOf(family: Family, ways: readonly Member[]): { ifname: string; gateway: Ip } | undefined {
  for (const { endpoint, leases, membership } of ways) {
    const other = membership.gateways?.map((text) => Ip.parse(text)).find((ip) => ip.family === family);
    const own = leases.find((lease) => lease.gateway?.family === family)?.gateway;
    const gateway = own === undefined ? undefined : (other ?? own);
    if (gateway !== undefined) return { ifname: endpoint.ifname, gateway };
  }
  return undefined;
}

/** What these ports alone want of the firewall: what it knows of the endpoint beside them stays. */
export function portsAlone({ endpoint }: Member, ports: readonly PublishedPort[]): Intent[] {
  const intent = makeIntent(endpoint, [], ports);
  return intent === undefined ? [] : [{ ...intent, egress: undefined }];
}

function settlePorts(host: Host, sandbox: Sandbox, members: readonly Member[], way: Member): void {
  const { ports: wanted = [] } = sandbox.details;
  const published = members.map((member) => ({ member, ports: portsOf(host.db, member.endpoint.id) }));
  const elsewhere = published.filter(({ member, ports }) => member !== way && ports.length > 0);
  const isThere = published.some(({ member, ports }) => member === way && ports.length > 0);
  if (wanted.length === 0 || (isThere && elsewhere.length === 0)) return;
  for (const intent of elsewhere.flatMap(({ member, ports }) => portsAlone(member, ports)))
    host.firewall.remove(intent);
  const led = host.db.transaction(() => {
    for (const { member } of elsewhere) deletePorts(host.db, member.endpoint.id);
    return publish(host.db, way.endpoint, requestsFor(way, wanted), addressesOf(way));
  });
  openWay(host, way, led);
  for (const { member, ports } of elsewhere) {
    endFlows(host, ports);
    closeLoopback(host, member.endpoint.bridge ?? '');
  }
}

/** Opens published ports that are on record. Throws KernelError. */
export function openWay(host: Host, way: Member, ports: readonly PublishedPort[]): void {
  if (ports.length === 0) return;
  host.route.request(setBridgePort(hostLinkName(way.endpoint.id), { isHairpin: true }));
  withLock(host.bridgeLock, 'shared', () => {
    const bridge = findLink(host.route, { ifname: way.endpoint.bridge ?? '' });
    if (bridge !== undefined) openLoopback(host, bridge, ports);
  });
  for (const intent of portsAlone(way, ports)) host.firewall.add(intent);
  redirectFlows(host, ports);
}

/** The addresses of a sandbox on a network. */
export function addressesOf({ leases }: Member): Ip[] {
  return leases.map(({ address }) => address.ip);
}

/** What of a sandbox's ports can lead to a network: one on an address of a family that this lacks leads nowhere. */
export function requestsFor(way: Member, wanted: readonly WantedPort[]): PortRequest[] {
  return wanted
    .map(({ hostIp, ...port }) => ({ ...port, hostIp: hostIp === undefined ? undefined : Ip.parse(hostIp) }))
    .filter(
      ({ hostIp }) => hostIp === undefined || addressesOf(way).some(({ family }) => family === hostIp.family),
    );
}
