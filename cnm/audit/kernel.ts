// What the kernel has at this moment, for an audit: links and their settings, ways, tables, sockets. Nothing is changed.
import type { Device, Kernel, Ruleset, Way } from '../../audit/world.ts';
import { HERE } from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { listListening } from '../../netlink/diag/socket.ts';
import type { ListeningSocket } from '../../netlink/diag/socket.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { listChains } from '../../netlink/netfilter/chain.ts';
import { listAllRules } from '../../netlink/netfilter/rule.ts';
import { listSetContents } from '../../netlink/netfilter/set-content.ts';
import { listTables } from '../../netlink/netfilter/table.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import type { LinkAddress } from '../../netlink/route/address.ts';
import { findBridgePort } from '../../netlink/route/bridge-port.ts';
import { IFF, RT_TABLE, RTN } from '../../netlink/route/constants.ts';
import { listLinks } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Route } from '../../netlink/route/route.ts';
import { readSysctl } from '../../netns/sysctl.ts';
import { learnsUnseen } from '../bridge/learning.ts';
import type { Host } from '../host.ts';

/** Reads all of it. Throws KernelError. */
export function readKernel(host: Host): Kernel {
  const links = listLinks(host.route);
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  const addresses = listAddresses(host.route);
  return {
    devices: links.map((link) => readDevice(host, link, names, addresses)),
    ways: listRoutes(host.route).flatMap((route) => toWay(route, names) ?? []),
    isForwarding6: isOn('ipv6', 'conf', 'all', 'forwarding'),
    isBridgeFiltered: {
      4: isOn('bridge', 'bridge-nf-call-iptables'),
      6: isOn('bridge', 'bridge-nf-call-ip6tables'),
    },
    ruleset: readRuleset(host.netfilter),
    sockets: socketsIn(HERE),
  };
}

/** The sockets that wait for callers in a namespace (a descriptor, or HERE). */
export function socketsIn(namespace: number): ListeningSocket[] {
  using connection = openConnection(namespace, NETLINK.SOCK_DIAG);
  return listListening(connection);
}

function isOn(...key: string[]): boolean {
  return readSysctl(HERE, key) === '1';
}

function readDevice(
  host: Host,
  link: Link,
  names: ReadonlyMap<number, string>,
  addresses: readonly LinkAddress[],
): Device {
  const { index, ifname: name, flags, attributes } = link;
  const { info, master } = attributes;
  const isBridge = info?.kind === 'bridge';
  return {
    ...{ index, name, kind: info?.kind },
    isUp: (flags & IFF.UP) !== 0,
    isLoopback: (flags & IFF.LOOPBACK) !== 0,
    master: master === undefined ? undefined : names.get(master),
    addresses: addresses.filter((one) => one.index === index).map(({ address }) => address),
    isForwarding: isOn('ipv4', 'conf', name, 'forwarding'),
    isLocalnetRouted:
      isOn('ipv4', 'conf', name, 'route_localnet') || isOn('ipv4', 'conf', 'all', 'route_localnet'),
    takesAdvice: takesAdvice(name),
    isIsolated: master === undefined ? false : findBridgePort(host.route, name)?.isIsolated === true,
    learnsUnseen: isBridge && learnsUnseen(link),
  };
}

// A router takes it only when it is told so in particular (ipv6_accept_ra in the kernel's net/ipv6.h).
function takesAdvice(name: string): boolean {
  const value = readSysctl(HERE, ['ipv6', 'conf', name, 'accept_ra']);
  const isOff = isOn('ipv6', 'conf', name, 'disable_ipv6');
  return !isOff && (value === '2' || (value === '1' && !isOn('ipv6', 'conf', name, 'forwarding')));
}

function toWay(
  { dst: destination, oif, priority = 0, table, type }: Route,
  names: ReadonlyMap<number, string>,
): Way | undefined {
  const isLocal = table === RT_TABLE.LOCAL && type === RTN.LOCAL;
  if (!isLocal && table !== RT_TABLE.MAIN) return undefined;
  const device = type === RTN.UNICAST && oif !== undefined ? names.get(oif) : undefined;
  return { destination, device, isLocal, priority };
}

const TRIES = 3;

// Of a set that goes while it is read there is nothing to tell, so all is read again.
function readRuleset(connection: Connection): Ruleset {
  for (let left = TRIES - 1; ; left--) {
    try {
      return {
        tables: listTables(connection),
        chains: listChains(connection),
        rules: listAllRules(connection),
        sets: listSetContents(connection),
      };
    } catch (error) {
      if (left === 0 || !isKernelError(error, 'ENOENT')) throw error;
    }
  }
}
