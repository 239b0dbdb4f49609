// Which ports of the host a sandbox gets: those that it names, or free ones; none that a process of the host has,
// or a rule of somebody else.
import type { Family, Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { HERE } from '../native/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { listListening } from '../netlink/diag/socket.ts';
import type { BoundSocket } from '../netlink/diag/socket.ts';
import { ownerOfSocket } from '../netns/socket-owner.ts';
import { readSysctl } from '../netns/sysctl.ts';
import { anyAddress, holderOfPort } from '../state/port.ts';
import type { ForeignTaker } from './foreign-chains.ts';
import { foreignTaker } from './foreign-rules.ts';
import type { Host } from './host.ts';
import type { PortRequest } from './request.ts';

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A port to publish: one of `hostPorts`, and left out any that is free. */
export interface PortWish extends Omit<PortRequest, 'hostPort'> {
  readonly hostPorts?: PortRange | undefined;
}

/**
 * Decides the host's port of each wish for an endpoint with addresses of these families. A port that is named alone is
 * only looked at for sockets of the host and rules of others: whether another sandbox has it is for the store to say.
 * Throws TSNET_PORT_IN_USE with the name of the process or rule that has it, or when no port of a range is free.
 */
export function choosePorts(
  host: Host,
  wishes: readonly PortWish[],
  families: readonly Family[],
): PortRequest[] {
  if (wishes.length === 0) return [];
  const holders: Holders = { sockets: socketsByPort(), ruleOf: foreignTaker(host) };
  const isAlone = ({ hostPorts }: PortWish): boolean =>
    hostPorts?.first === hostPorts?.last && hostPorts !== undefined;
  const taken = new Set(
    wishes.filter(isAlone).map((wish) => nameOf(wish.protocol, wish.hostPorts?.first ?? 0)),
  );
  return wishes.map((wish) => {
    const { protocol, containerPort, hostIp } = wish;
    const addresses = hostIp === undefined ? families.map((family) => anyAddress[family]) : [hostIp];
    const isFree = (port: number): boolean =>
      !taken.has(nameOf(protocol, port)) &&
      obstacleOf(holders, wish, addresses, port) === undefined &&
      !isPublished(host, wish, addresses, port);
    const hostPort = isAlone(wish) ? alone(holders, wish, addresses) : oneOf(wish, isFree);
    taken.add(nameOf(protocol, hostPort));
    return { protocol, hostPort, containerPort, hostIp };
  });
}

function nameOf(protocol: string, port: number): string {
  return `${port}/${protocol}`;
}

/** Who has ports without being in the store. */
interface Holders {
  readonly sockets: ReadonlyMap<string, readonly BoundSocket[]>;
  readonly ruleOf: ForeignTaker;
}

function socketsByPort(): Holders['sockets'] {
  using connection = openConnection(HERE, NETLINK.SOCK_DIAG);
  const sockets = new Map<string, BoundSocket[]>();
  for (const socket of listListening(connection)) {
    const name = nameOf(socket.protocol, socket.port);
    sockets.set(name, [...(sockets.get(name) ?? []), socket]);
  }
  return sockets;
}

function alone(holders: Holders, wish: PortWish, addresses: readonly Ip[]): number {
  const port = wish.hostPorts?.first ?? 0;
  const obstacle = obstacleOf(holders, wish, addresses, port);
  if (obstacle === undefined) return port;
  const text = obstacle.address.toString();
  const at = obstacle.address.family === 6 ? `[${text}]` : text;
  throw new TsnetError(
    'TSNET_PORT_IN_USE',
    `host port ${at}:${nameOf(wish.protocol, port)} is in use by ${obstacle.owner()}`,
  );
}

interface Obstacle {
  readonly address: Ip;
  /** In words; takes its time. */
  readonly owner: () => string;
}

function obstacleOf(
  { sockets, ruleOf }: Holders,
  { protocol }: PortWish,
  addresses: readonly Ip[],
  port: number,
): Obstacle | undefined {
  const bound = sockets.get(nameOf(protocol, port)) ?? [];
  for (const address of addresses) {
    const socket = bound.find((one) => isInTheWay(one, address));
    if (socket !== undefined) return { address, owner: () => ownerOfSocket(socket.inode) };
    const rule = ruleOf(protocol, address, port);
    if (rule !== undefined) return { address, owner: () => rule };
  }
  return undefined;
}

// As bind(2) has it: what is on every address stands in the way of each, and the other way round.
function isInTheWay({ address, isV6Only }: BoundSocket, wanted: Ip): boolean {
  if (address.family !== wanted.family) return address.isUnspecified && address.family === 6 && !isV6Only;
  return address.isUnspecified || wanted.isUnspecified || address.equals(wanted);
}

function isPublished({ db }: Host, wish: PortWish, addresses: readonly Ip[], hostPort: number): boolean {
  const { protocol, containerPort } = wish;
  return addresses.some(
    (hostIp) =>
      holderOfPort(db, { protocol, hostIp, hostPort, containerPort, containerIp: hostIp }) !== undefined,
  );
}

function oneOf({ protocol, hostPorts }: PortWish, isFree: (port: number) => boolean): number {
  const range = hostPorts ?? ephemeralPorts();
  const reserved = hostPorts === undefined ? reservedPorts() : [];
  const count = range.last - range.first + 1;
  // A range is gone through from its beginning; who does not care is not given what another has just given back.
  const start = hostPorts === undefined ? Math.floor(Math.random() * count) : 0;
  for (let step = 0; step < count; step++) {
    const port = range.first + ((start + step) % count);
    if (!reserved.some(({ first, last }) => port >= first && port <= last) && isFree(port)) return port;
  }
  throw new TsnetError(
    'TSNET_PORT_IN_USE',
    `host ports ${range.first}-${range.last}/${protocol}: all of them are in use or published`,
  );
}

// What is reserved for somebody is not given by chance (Documentation/networking/ip-sysctl.rst).
function reservedPorts(): PortRange[] {
  const text = readSysctl(HERE, ['ipv4', 'ip_local_reserved_ports']) ?? '';
  return text
    .split(',')
    .filter((range) => range !== '')
    .map((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return { first, last };
    });
}

function ephemeralPorts(): PortRange {
  const [first = 32768, last = 60999] = (readSysctl(HERE, ['ipv4', 'ip_local_port_range']) ?? '')
    .split(/\s+/)
    .filter((text) => text !== '')
    .map(Number);
  return { first, last };
}
