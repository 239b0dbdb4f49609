// What is wrong with the bridges of endpoints on record, as when somebody has deleted one, and how it is put right.
import type { InterfaceAddress } from '../../address/index.ts';
import { findBridgePort, setBridgePort } from '../../netlink/route/bridge-port.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF } from '../../netlink/route/constants.ts';
import { listLinks, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { endpointId, interfaceOf, listEndpoints } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { withLock } from '../../state/lock.ts';
import { portsOf } from '../../state/port.ts';
import type { Host } from '../host.ts';
import { linkLocalOf } from '../interface/link-local.ts';
import { hostLinkName } from '../interface/names.ts';
import type { Damage } from '../upkeep/damage.ts';
import { ensureBridge } from './device.ts';
import { gatewaysOf, makeGateway } from './gateway.ts';
import { readKept } from './kept.ts';
import type { BridgeKept } from './kept.ts';
import { learnFromSeen, learnsUnseen } from './learning.ts';
import { openPublished } from './loopback.ts';
import { ensureVlanGateway, filterVlans, joinVlans } from './vlan.ts';

/** An endpoint that is to be in a bridge. */
interface Member {
  readonly endpoint: Endpoint;
  readonly kept: BridgeKept;
  /** The device that has the gateway addresses: the bridge, or what stands for it in a VLAN. */
  readonly device: string;
  readonly port: string;
  readonly isHairpin: boolean;
}

/** What is there, looked at once. */
interface Present {
  readonly links: ReadonlyMap<string, Link>;
  readonly addresses: ReadonlyMap<number, readonly InterfaceAddress[]>;
}

/** What is wrong with the bridges of all endpoints that are ready. */
export function damagedBridges(host: Host): Damage[] {
  const bridges = Map.groupBy(membersOf(host), ({ kept }) => kept.plug);
  if (bridges.size === 0) return [];
  const present = lookAround(host);
  return [...bridges].flatMap(([name, members]) => {
    const problems = problemsOf(host, name, members, present);
    return problems.length === 0
      ? []
      : [{ subject: `bridge ${name}`, problems, mend: () => mendBridge(host, name, members) }];
  });
}

function membersOf(host: Host): Member[] {
  const endpoints = listEndpoints(host.db, 'all').filter(({ state }) => state === 'ready');
  // Published ports that are parts want their endpoint's port to send back, too.
  const published = new Set(
    endpoints
      .filter(({ mode }) => mode === 'ports')
      .map((part) => endpointId({ ...part, ifname: interfaceOf(part) })),
  );
  return endpoints
    .filter(({ mode }) => mode === 'bridge')
    .map((endpoint) => {
      const kept = readKept(endpoint);
      const { id, bridge: device = kept.plug } = endpoint;
      const isHairpin = kept.isHairpin || published.has(id) || portsOf(host.db, id).length > 0;
      return { endpoint, kept, device, port: hostLinkName(id), isHairpin };
    });
}

function lookAround(host: Host): Present {
  const links = new Map(listLinks(host.route).map((link) => [link.ifname, link]));
  const byIndex = Map.groupBy(listAddresses(host.route), ({ index }) => index);
  const addresses = new Map([...byIndex].map(([index, all]) => [index, all.map(({ address }) => address)]));
  return { links, addresses };
}

function problemsOf(host: Host, name: string, members: readonly Member[], present: Present): string[] {
  const bridge = present.links.get(name);
  if (bridge === undefined) return ['it is missing'];
  if (bridge.attributes.info?.kind !== 'bridge') return ['a link of that name is no bridge'];
  const problems = (bridge.flags & IFF.UP) === 0 ? ['it is down'] : [];
  if (members.some(({ kept }) => kept.isPromiscuous) && (bridge.flags & IFF.PROMISC) === 0)
    problems.push('it is not promiscuous');
  if (members.some(({ endpoint }) => endpoint.guard === 'addresses') && learnsUnseen(bridge))
    problems.push('it learns from frames that no rule sees');
  for (const device of new Set(members.map((member) => member.device)))
    problems.push(...lostAddresses(host, device, members, present));
  return [...problems, ...members.flatMap((member) => problemsOfPort(member, bridge, present))];
}

function lostAddresses(host: Host, device: string, members: readonly Member[], present: Present): string[] {
  const link = present.links.get(device);
  if (link === undefined) return [`gateway "${device}" is missing`];
  const there = new Set(present.addresses.get(link.index)?.map(String));
  return wantedAddresses(host, link, members)
    .map(String)
    .filter((address) => !there.has(address))
    .map((address) => `address ${address} of "${device}" is missing`);
}

function wantedAddresses(host: Host, { ifname, attributes }: Link, members: readonly Member[]) {
  const gateways = gatewaysBehind(host, ifname, members);
  const { address: mac } = attributes;
  const isIpv6 = gateways.some(({ family }) => family === 6);
  return isIpv6 && mac !== undefined ? [...gateways, linkLocalOf(mac)] : gateways;
}

function gatewaysBehind(host: Host, device: string, members: readonly Member[]): InterfaceAddress[] {
  const gateways = members
    .filter((member) => member.device === device && member.kept.isGateway === true)
    .flatMap(({ endpoint, kept }) => gatewaysOf(leasesOf(host.db, endpoint.id), kept.withoutGateway));
  return [...new Map(gateways.map((gateway) => [gateway.toString(), gateway])).values()];
}

// A port that is not there at all went with its sandbox, or will be missed by CHECK: it cannot be made from here.
function problemsOfPort({ port }: Member, bridge: Link, { links }: Present): string[] {
  const link = links.get(port);
  if (link === undefined) return [];
  if (link.attributes.master !== bridge.index) return [`link "${port}" is not in it`];
  return (link.flags & IFF.UP) === 0 ? [`link "${port}" is down`] : [];
}

// As ADD does it, step by step; each is one that may have been done already.
function mendBridge(host: Host, name: string, members: readonly Member[]): void {
  withLock(host.bridgeLock, 'shared', () => {
    const mtu = members.find(({ kept }) => kept.mtu !== undefined)?.kept.mtu;
    const isPromiscuous = members.some(({ kept }) => kept.isPromiscuous);
    const bridge = ensureBridge(host, { name, isPromiscuous, mtu });
    if (members.some(({ endpoint }) => endpoint.guard === 'addresses')) learnFromSeen(host, bridge);
    const { links } = lookAround(host);
    for (const member of members) {
      const link = links.get(member.port);
      if (link !== undefined && problemsOfPort(member, bridge, { links, addresses: new Map() }).length > 0)
        plug(host, bridge, link, member);
    }
    for (const [device, behind] of Map.groupBy(members, (member) => member.device))
      mendGateway(host, bridge, device, behind);
  });
}

function plug(host: Host, bridge: Link, { index, ifname }: Link, { kept, isHairpin }: Member): void {
  const { isIsolated, vlans } = kept.port;
  if (vlans !== undefined) filterVlans(host, bridge, vlans);
  host.route.request(setLink({ index }, { master: bridge.index }, { UP: true }));
  const port = findBridgePort(host.route, ifname);
  if (isHairpin !== port?.isHairpin || isIsolated !== port.isIsolated)
    host.route.request(setBridgePort(ifname, { isHairpin, isIsolated }));
  if (vlans !== undefined) joinVlans(host, ifname, vlans);
}

function mendGateway(host: Host, bridge: Link, device: string, members: readonly Member[]): void {
  const { vlans } = members[0]?.kept.port ?? {};
  const { mtu } = members[0]?.kept ?? {};
  const link =
    device === bridge.ifname || vlans?.native === undefined
      ? bridge
      : ensureVlanGateway(host, { bridge, vlan: vlans.native, mtu, keepsDefault: vlans.keepsDefault });
  const gateways = gatewaysBehind(host, device, members);
  if (gateways.length > 0) makeGateway(host, link, gateways, false);
  openPublished(host, link);
}
