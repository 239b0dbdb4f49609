// What the store knows of endpoints, for an audit: each with its parts, which chained plugins have added.
import type { Member } from '../../audit/world.ts';
import { isSameNamespace, openIfPresent } from '../../netns/namespace.ts';
import type { ListeningSocket } from '../../netlink/diag/socket.ts';
import type { Database } from '../../state/database.ts';
import { interfaceOf, isPart, listEndpoints, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { portsOf } from '../../state/port.ts';
import { wallKinds } from '../../state/wall.ts';
import { readKept } from '../bridge/kept.ts';
import { callersOf } from '../direct.ts';
import { hostLinkName } from '../interface/names.ts';
import { socketsIn } from './kernel.ts';

/** The endpoints that are behind a device of the host and not on their way out. */
export function readMembers(db: Database): Member[] {
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of listEndpoints(db, 'all')) {
    if (endpoint.state === 'deleting') continue;
    const key = [endpoint.network, endpoint.container, interfaceOf(endpoint)].join('\0');
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  }
  return [...groups.values()].flatMap((group) => toMember(db, group) ?? []);
}

function toMember(db: Database, group: readonly Endpoint[]): Member | undefined {
  const endpoint = group.find((one) => !isPart(one)) ?? group[0];
  const device = group.find(({ bridge }) => bridge !== undefined)?.bridge;
  if (endpoint === undefined || device === undefined) return undefined;
  const isBridged = endpoint.mode === 'bridge';
  const published = group.flatMap(({ id }) => portsOf(db, id));
  const leased = leasesOf(db, endpoint.id).map(({ address }) => address.ip);
  // What another plugin than tsnet's has attached is known by its published ports alone.
  const called = new Map(published.map(({ containerIp }) => [containerIp.toString(), containerIp]));
  return {
    owner: ownerName({ ...endpoint, ifname: interfaceOf(endpoint) }),
    network: endpoint.network,
    device,
    plug: isBridged ? readKept(endpoint).plug : undefined,
    port: isBridged ? hostLinkName(endpoint.id) : undefined,
    addresses: leased.length > 0 ? leased : [...called.values()],
    published,
    isMasqueraded: endpoint.isMasqueraded,
    isConcealed: callersOf(endpoint) !== undefined,
    closed: (isBridged ? readKept(endpoint).closed : undefined) ?? [],
    ingress: group.find(({ ingress }) => ingress !== undefined)?.ingress,
    walls: wallKinds.filter((kind) => group.some(({ walls }) => walls.includes(kind))),
    guard: endpoint.guard,
    sockets: socketsOf(endpoint),
  };
}

function socketsOf(endpoint: Endpoint): ListeningSocket[] | undefined {
  using namespace = openIfPresent(endpoint.netns);
  if (namespace === undefined || !isSameNamespace(namespace, endpoint)) return undefined;
  return socketsIn(namespace.fd);
}
