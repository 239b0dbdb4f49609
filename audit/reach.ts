// What is reachable from where: from the host, from each network and from outside, to each endpoint, to published ports and
// to services of the host.
import type { Ip } from '../address/index.ts';
import { diagProtocols } from '../netlink/diag/socket.ts';
import type { DiagProtocol, ListeningSocket } from '../netlink/diag/socket.ts';
import { protocols } from '../state/port.ts';
import { Paths } from './path.ts';
import type { Caller, Fate, Service } from './path.ts';
import { publishedIn } from './published.ts';
import type { PublishedService } from './published.ts';
import { sourcesOf, strangerBehind, uplinks } from './source.ts';
import type { Place, Source } from './source.ts';
import type { Member, World } from './world.ts';

/** One way that was followed. */
export interface Reach {
  readonly from: Place;
  readonly to: Place;
  /** What is called. */
  readonly address: Ip;
  readonly protocol: string;
  /** Absent for a port that nobody waits at, which stands for all of those. */
  readonly port?: number | undefined;
  /** How it leads there: by the address itself, or by a published port. */
  readonly by: 'address' | 'published port';
  /** The port of the endpoint that a published one leads to. */
  readonly endpointPort?: number | undefined;
  readonly outcome: Fate['outcome'];
  readonly why?: string | undefined;
  /** Whether somebody waits there; absent where that cannot be seen. */
  readonly isServed?: boolean | undefined;
}

/** A port that stands for all that nobody waits at. */
const OTHER_PORT = 61_987;
const UNTRANSLATED = 'no rule leads it to an endpoint';

/** Tells whether a socket is one that calls to an address come to. */
function serves({ address, isV6Only }: ListeningSocket, ip: Ip): boolean {
  if (!address.isUnspecified) return address.equals(ip);
  return address.family === ip.family || (address.family === 6 && !isV6Only);
}

/** All ways. */
export function reaches(world: World): Reach[] {
  const paths = new Paths(world.kernel);
  const published = publishedIn(world);
  return sourcesOf(world).flatMap((source) => [
    ...world.members.flatMap((member) => toMember(paths, source, member)),
    ...published.flatMap((service) => toPublished(paths, source, service, world)),
    ...(source.place.kind === 'host' ? [] : toHost(paths, source, world)),
    ...(source.place.kind === 'network' ? toOutside(paths, source, world) : []),
  ]);
}

// Two members of a bridge may call each other by frames, or by way of the host.
function fateTo(paths: Paths, caller: Caller, callee: Member, service: Service): Fate {
  const { member } = caller;
  const way = paths.follow(caller, service);
  const isNeighbour =
    member?.plug !== undefined && member.plug === callee.plug && member.device === callee.device;
  if (!isNeighbour || way.outcome === 'yes') return way;
  const across = paths.acrossBridge(member, callee, caller.address, service);
  return across.outcome === 'no' && way.outcome !== 'no' ? way : across;
}

function toMember(paths: Paths, { callers, place, family }: Source, callee: Member): Reach[] {
  const caller = callers.find(({ member }) => member?.owner !== callee.owner);
  if (caller === undefined) return [];
  const to: Place = { kind: 'endpoint', name: callee.owner };
  return callee.addresses
    .filter((address) => address.family === family)
    .flatMap((address) => {
      const waiting = (callee.sockets ?? []).filter((socket) => serves(socket, address));
      const services: { protocol: DiagProtocol; port?: number }[] = [...waiting, { protocol: 'tcp' }];
      return services.map(({ protocol, port }): Reach => {
        const service = { address, protocol: diagProtocols[protocol], port: port ?? OTHER_PORT };
        const { outcome, why } = fateTo(paths, caller, callee, service);
        const isServed = port !== undefined;
        return { from: place, to, address, protocol, port, by: 'address', outcome, why, isServed };
      });
    });
}

function calledAt({ hostAddress }: Source, hostIp: Ip): Ip | undefined {
  return hostIp.isUnspecified ? hostAddress : hostIp;
}

function toPublished(
  paths: Paths,
  source: Source,
  { protocol, hostIp, hostPort }: PublishedService,
  { members }: World,
): Reach[] {
  const address = calledAt(source, hostIp);
  if (hostIp.family !== source.family || address === undefined) return [];
  const service = { address, protocol: protocols[protocol], port: hostPort };
  const fate = paths.follow(source.callers[0], service);
  const member = members.find(({ addresses }) => addresses.some((ip) => ip.equals(fate.address)));
  const stated = members.find(({ published }) =>
    published.some(
      (one) => one.protocol === protocol && one.hostPort === hostPort && one.hostIp.equals(hostIp),
    ),
  );
  const isServed = member?.sockets?.some(
    (socket) => socket.protocol === protocol && socket.port === fate.port && serves(socket, fate.address),
  );
  const to: Place = { kind: 'endpoint', name: (member ?? stated)?.owner ?? '' };
  const { outcome, why } =
    member === undefined && fate.outcome === 'yes' ? ({ outcome: 'no', why: UNTRANSLATED } as const) : fate;
  const endpointPort = member === undefined ? undefined : fate.port;
  return [
    {
      ...{ from: source.place, to, address, protocol, port: hostPort, by: 'published port' },
      ...{ endpointPort, outcome, why, isServed },
    },
  ];
}

function toHost(paths: Paths, source: Source, { kernel }: World): Reach[] {
  const to: Place = { kind: 'host', name: 'host' };
  const { place: from, family } = source;
  return kernel.sockets.flatMap((socket): Reach[] => {
    const { protocol, port } = socket;
    const address = socket.address.isUnspecified ? source.hostAddress : socket.address;
    if (address?.family !== family || !serves(socket, address)) return [];
    const fate = paths.follow(source.callers[0], { address, protocol: diagProtocols[protocol], port });
    // A published port takes the call before a service of the host does.
    if (fate.device !== undefined) return [];
    const { outcome, why } = fate;
    return [{ from, to, address, protocol, port, by: 'address', outcome, why, isServed: true }];
  });
}

function toOutside(paths: Paths, source: Source, world: World): Reach[] {
  return uplinks(world).flatMap((device): Reach[] => {
    const address = strangerBehind(device, source.family);
    if (address === undefined) return [];
    const service = { address, protocol: protocols.tcp, port: OTHER_PORT };
    const { outcome, why } = paths.follow(source.callers[0], service);
    const to: Place = { kind: 'outside', name: device.name };
    return [{ from: source.place, to, address, protocol: 'tcp', by: 'address', outcome, why }];
  });
}
