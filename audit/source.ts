// Who may call: the host, each network, and what is behind each of the host's other devices.
import { everywhere } from '../address/index.ts';
import type { Cidr, Family, Ip } from '../address/index.ts';
import type { Caller } from './path.ts';
import type { Device, Member, World } from './world.ts';

/** A place that calls or is called. */
export interface Place {
  readonly kind: 'host' | 'network' | 'endpoint' | 'outside';
  /** Of a network or an endpoint its name, of outside the device that it is behind. */
  readonly name: string;
}

/** A place with who calls from there. */
export interface Source {
  readonly place: Place;
  readonly family: Family;
  /** One stands for all of its place; a second is there to call the first. */
  readonly callers: readonly [Caller, ...Caller[]];
  /** The address of the host that it would call. */
  readonly hostAddress: Ip | undefined;
}

const FAMILIES = [4, 6] as const;
const LOOPBACK: Record<Family, Ip> = {
  4: everywhere[4].network.plus(0x7f00_0001n),
  6: everywhere[6].network.plus(1n),
};

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

/** The address behind a device that an audit calls from: not the host's own. */
function strangerIn(subnet: Cidr, own: readonly Ip[]): Ip | undefined {
  const family: Family = subnet.family;
  if (subnet.size < 2n) return undefined;
  const candidates = [1n, 2n, 3n, 0n].filter((count) => count < subnet.size);
  // Of an IPv4 network up to /30 the first and the last are nobody's.
  const isUsable = (ip: Ip): boolean =>
    family === 6 || subnet.size < 4n || !(ip.equals(subnet.first) || ip.equals(subnet.last));
  return candidates
    .map((count) => subnet.first.plus(count))
    .find((ip) => isUsable(ip) && !own.some((one) => one.equals(ip)));
}

/** Somebody behind a device that leads out, in its first subnet of a family. */
export function strangerBehind(device: Device, family: Family): Ip | undefined {
  const own = device.addresses.find(({ ip }) => ip.family === family && isGlobal(ip));
  return own && strangerIn(own.network, addressesOf(device, family));
}

function insideSources({ kernel, members }: World, family: Family): Source[] {
  const groups = new Map<string, { name: string; device: string; callers: Caller[] }>();
  for (const member of members) {
    const { network: name, device } = member;
    const address = member.addresses.find((ip) => ip.family === family);
    if (address === undefined) continue;
    const group = groups.get(`${device} ${name}`) ?? { name, device, callers: [] };
    groups.set(`${device} ${name}`, group);
    if (group.callers.length < 2) group.callers.push({ address, device, member });
  }
  return [...groups.values()].flatMap(({ name, device, callers: [first, ...others] }): Source[] => {
    if (first === undefined) return [];
    const found = kernel.devices.find((one) => one.name === device);
    const [hostAddress] = addressesOf(found, family);
    return [{ place: { kind: 'network', name }, family, callers: [first, ...others], hostAddress }];
  });
}

/** All of them, each once for each family. */
export function sourcesOf(world: World): Source[] {
  return FAMILIES.flatMap((family): Source[] => {
    const address = LOOPBACK[family];
    const host: Source = {
      ...{ place: { kind: 'host', name: 'host' }, family },
      ...{ callers: [{ address }], hostAddress: address },
    };
    const outside = uplinks(world).flatMap((device): Source[] => {
      const stranger = strangerBehind(device, family);
      const [hostAddress] = addressesOf(device, family);
      if (stranger === undefined) return [];
      const place = { kind: 'outside', name: device.name } as const;
      return [{ place, family, callers: [{ address: stranger, device: device.name }], hostAddress }];
    });
    return [host, ...insideSources(world, family), ...outside];
  });
}

/** The members of each network. */
export function networksOf(members: readonly Member[]): Map<string, Member[]> {
  const networks = new Map<string, Member[]>();
  for (const member of members) {
    const own = networks.get(member.network);
    if (own === undefined) networks.set(member.network, [member]);
    else own.push(member);
  }
  return networks;
}
