// What is reachable from where: from the host, from each network and from outside, to each endpoint, to published ports and
// to services of the host.
import type { Family, Ip } from '../address/index.ts';
import { everywhere } from '../address/index.ts';
import { diagProtocols } from '../netlink/diag/socket.ts';
import type { DiagProtocol, ListeningSocket } from '../netlink/diag/socket.ts';
import { protocols } from '../state/port.ts';
import { publishedIn } from './published.ts';
import { Paths, strangerIn } from './path.ts';
import type { Caller, Fate, Service } from './path.ts';
import type { Device, Member, World } from './world.ts';

/** A place that calls or is called. */
export interface Place {
  readonly kind: 'host' | 'network' | 'endpoint' | 'outside';
  /** Of a network or an endpoint its name, of outside the device that it is behind. */
  readonly name: string;
}

/** One way that was followed. */
export interface Reach {
  readonly from: Place;
  readonly to: Place;
  /** What is called: an address, protocol and port. */
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
const FAMILIES = [4, 6] as const;

interface Source {
  readonly place: Place;
  readonly caller: Caller;
  /** The address of the host that it would call. */
  readonly hostAddress: Ip | undefined;
}

function isGlobal(ip: Ip): boolean {
  return !ip.isLoopback && !ip.isLinkLocal;
}

function addressesOf(device: Device | undefined, family: Family): Ip[] {
  return (device?.addresses ?? []).map(({ ip }) => ip).filter((ip) => ip.family === family && isGlobal(ip));
}

/** The devices that lead out of the host: up, with addresses, and with nobody of tsnet's behind them. */
export function uplinks({ kernel, members }: World): Device[] {
  const own = new Set(members.flatMap(({ device, plug }) => [device, plug]));
  return kernel.devices.filter(
    ({ name, isUp, isLoopback, addresses }) =>
      isUp && !isLoopback && !own.has(name) && addresses.some(({ ip }) => isGlobal(ip)),
  );
}

/** The members of each network. */
export function networksOf(members: readonly Member[]): Map<string, Member[]> {
  const networks = new Map<string, Member[]>();
  for (const member of members) networks.set(member.network, [...(networks.get(member.network) ?? []), member]);
  return networks;
}

function sourcesOf(world: World): Source[] {
  const { kernel, members } = world;
  const deviceNamed = (name: string): Device | undefined => kernel.devices.find((one) => one.name === name);
  const host = FAMILIES.map((family): Source => {
    const address = everywhere[family].network.plus(family === 4 ? 0x7f00_0001n : 1n);
    return { place: { kind: 'host', name: 'host' }, caller: { address }, hostAddress: address };
  });
  const inside = [...networksOf(members)].flatMap(([name, own]) =>
    FAMILIES.flatMap((family): Source[] =>
      own.flatMap((member) => {
        const address = member.addresses.find((ip) => ip.family === family);
        if (address === undefined) return [];
        const [hostAddress] = addressesOf(deviceNamed(member.device), family);
        const caller = { address, device: member.device, member };
        return [{ place: { kind: 'network', name }, caller, hostAddress }];
      }),
    ),
  );
  const outside = uplinks(world).flatMap((device) =>
    FAMILIES.flatMap((family): Source[] => {
      const own = device.addresses.find(({ ip }) => ip.family === family && isGlobal(ip));
      const address = own && strangerIn(own.network, addressesOf(device, family));
      if (own === undefined || address === undefined) return [];
      const place = { kind: 'outside', name: device.name } as const;
      return [{ place, caller: { address, device: device.name }, hostAddress: own.ip }];
    }),
  );
  return [...host, ...inside, ...outside];
}

/** Tells whether a socket is one that calls to an address come to. */
export function serves({ address, isV6Only }: ListeningSocket, ip: Ip): boolean {
  if (!address.isUnspecified) return address.equals(ip);
  return address.family === ip.family || (address.family === 6 && !isV6Only);
}

/** All ways. */
export function reaches(world: World): Reach[] {
  const paths = new Paths(world.kernel);
  const sources = representatives(sourcesOf(world));
  return [
    ...sources.flatMap((source) => world.members.flatMap((member) => toMember(paths, source, member))),
    ...sources.flatMap((source) => toPublished(paths, source, world)),
    ...sources.flatMap((source) => toHost(paths, source, world)),
    ...sources.flatMap((source) => toOutside(paths, source, world)),
  ];
}

// Two of each network stand for all: its first member, and another that calls the first.
function representatives(sources: readonly Source[]): Source[] {
  const seen = new Map<string, number>();
  return sources.filter(({ place, caller }) => {
    const key = `${place.kind} ${place.name} ${caller.device ?? ''} ${caller.address.family}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= 2;
  });
}

function fateTo(paths: Paths, { caller }: Source, callee: Member, service: Service): Fate {
  const { member } = caller;
  const way = paths.follow(caller, service);
  const isNeighbour = member?.plug !== undefined && member.plug === callee.plug && member.device === callee.device;
  if (!isNeighbour || way.outcome === 'yes') return way;
  const across = paths.acrossBridge(member, callee, caller.address, service);
  return across.outcome === 'no' && way.outcome !== 'no' ? way : across;
}

function toMember(paths: Paths, source: Source, member: Member): Reach[] {
  const { caller, place } = source;
  if (caller.member?.owner === member.owner || isSecond(source, member)) return [];
  return member.addresses
    .filter((address) => address.family === caller.address.family)
    .flatMap((address) => {
      const waiting = (member.sockets ?? []).filter((socket) => serves(socket, address));
      const services: [DiagProtocol, number | undefined][] = [
        ...waiting.map(({ protocol, port }): [DiagProtocol, number] => [protocol, port]),
        ['tcp', undefined],
      ];
      return services.map(([protocol, port]): Reach => {
        const number = diagProtocols[protocol];
        const fate = fateTo(paths, source, member, { address, protocol: number, port: port ?? OTHER_PORT });
        return {
          ...{ from: place, to: { kind: 'endpoint', name: member.owner }, address, protocol, port },
          ...{ by: 'address', outcome: fate.outcome, why: fate.why, isServed: port !== undefined },
        };
      });
    });
}

// The second of a network is asked only where the first cannot call, since it is itself the one that is called.
function isSecond({ caller: { member }, place }: Source, callee: Member): boolean {
  if (place.kind !== 'network' || member === undefined) return false;
  const isOfSame = member.network === callee.network;
  return isOfSame ? false : place.name !== member.network;
}

function targetsOf({ place, hostAddress }: Source, ip: Ip): Ip[] {
  if (!ip.isUnspecified) return [ip];
  return hostAddress === undefined || hostAddress.family !== ip.family || place.name === '' ? [] : [hostAddress];
}

function toPublished(paths: Paths, source: Source, world: World): Reach[] {
  const { caller, place } = source;
  return publishedIn(world)
    .filter(({ hostIp }) => hostIp.family === caller.address.family)
    .flatMap(({ protocol, hostIp, hostPort }) =>
      targetsOf(source, hostIp).flatMap((address): Reach[] => {
        const service = { address, protocol: protocols[protocol], port: hostPort };
        const fate = paths.follow(caller, service);
        const member = world.members.find(({ addresses }) => addresses.some((ip) => ip.equals(fate.address)));
        if (member === undefined && fate.outcome === 'yes') return [];
        const isServed = member?.sockets?.some(
          (socket) => socket.protocol === protocol && socket.port === fate.port && serves(socket, fate.address),
        );
        return [
          {
            ...{ from: place, to: { kind: 'endpoint', name: member?.owner ?? '' }, address, protocol },
            ...{ port: hostPort, by: 'published port', endpointPort: fate.port, isServed },
            ...{ outcome: fate.outcome, why: fate.why },
          },
        ];
      }),
    );
}

function toHost(paths: Paths, source: Source, { kernel }: World): Reach[] {
  const { caller, place } = source;
  if (place.kind === 'host') return [];
  return kernel.sockets.flatMap((socket) => {
    const { protocol, port } = socket;
    const isForFamily = socket.address.isUnspecified
      ? source.hostAddress !== undefined && serves(socket, source.hostAddress)
      : socket.address.family === caller.address.family;
    if (!isForFamily) return [];
    const address = socket.address.isUnspecified ? source.hostAddress : socket.address;
    if (address === undefined) return [];
    const fate = paths.follow(caller, { address, protocol: diagProtocols[protocol], port });
    // A published port takes the call before the host's own service gets it.
    if (fate.device !== undefined) return [];
    const to: Place = { kind: 'host', name: 'host' };
    const { outcome, why } = fate;
    return [{ from: place, to, address, protocol, port, by: 'address', outcome, why, isServed: true } as const];
  });
}

function toOutside(paths: Paths, source: Source, world: World): Reach[] {
  const { caller, place } = source;
  if (place.kind !== 'network') return [];
  return uplinks(world).flatMap((device) =>
    device.addresses
      .filter(({ ip }) => ip.family === caller.address.family && isGlobal(ip))
      .slice(0, 1)
      .flatMap(({ network }): Reach[] => {
        const address = strangerIn(network, addressesOf(device, caller.address.family));
        if (address === undefined) return [];
        const service = { address, protocol: protocols.tcp, port: OTHER_PORT };
        const { outcome, why } = paths.follow(caller, service);
        const to: Place = { kind: 'outside', name: device.name };
        return [{ from: place, to, address, protocol: 'tcp', by: 'address', outcome, why }];
      }),
  );
}
