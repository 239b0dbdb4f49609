// What the endpoints on record want of the firewall.
import type { AddressRecord } from '../firewall/address-firewall.ts';
import type { EgressIntent, HostNetwork } from '../firewall/egress.ts';
import { keepEgress, readEgress } from '../firewall/egress-policy.ts';
import type { Intent } from '../firewall/intent.ts';
import { readPublishing } from '../firewall/publishing.ts';
import type { Database } from '../state/database.ts';
import {
  ingressPolicies,
  isAnyConfinedTo,
  isAnyBehind,
  isWantedBehind,
  listConfined,
  listEndpoints,
  listIngress,
  ownerName,
} from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { listPromised } from '../state/filter.ts';
import { holderOf, leasesOf } from '../state/lease.ts';
import type { Lease } from '../state/lease.ts';
import { portsOf } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import { listWalls, wallsBehind } from '../state/wall.ts';
import { readKept, sourcesOf } from './bridge/kept.ts';
import { callersOf, directOf } from './direct.ts';

/** What an endpoint with these leases and ports wants of the firewall; undefined when it is behind no bridge. */
export function makeIntent(
  endpoint: Endpoint,
  leases: readonly Lease[],
  ports: readonly PublishedPort[],
): Intent | undefined {
  const { bridge, isMasqueraded } = endpoint;
  if (bridge === undefined) return undefined;
  const addresses = leases.map(({ address }) => address.ip);
  const direct = isMasqueraded ? directOf(endpoint, leases) : [];
  const kept = endpoint.mode === 'bridge' ? readKept(endpoint) : undefined;
  const callers = callersOf(endpoint);
  const egress = egressOf(endpoint, leases);
  return {
    owner: ownerName(endpoint),
    bridge,
    plug: kept?.plug,
    addresses,
    isMasqueraded,
    direct,
    sources: kept === undefined ? [] : sourcesOf(kept),
    closed: kept?.closed,
    callers,
    ports,
    egress,
  };
}

// Behind a device of its own an endpoint knows its neighbours by their subnet.
function egressOf({ mode, egress }: Endpoint, leases: readonly Lease[]): EgressIntent | undefined {
  if (egress === undefined) return undefined;
  return {
    policy: readEgress(egress),
    subnets: mode === 'ptp' ? leases.map(({ address }) => address) : [],
  };
}

/** What an endpoint on record wants of the firewall for itself; what it wants for its device is not told here. */
export function intentOf(db: Database, endpoint: Endpoint): Intent | undefined {
  if (endpoint.mode === 'firewall') return undefined;
  const ports = portsOf(db, endpoint.id);
  if (endpoint.mode === 'ports') return portsIntent(db, endpoint, ports);
  return makeIntent(endpoint, leasesOf(db, endpoint.id), ports);
}

/** What published ports want for themselves. An address that an endpoint of ours leases is made known by that one. */
export function portsIntent(
  db: Database,
  endpoint: Endpoint,
  ports: readonly PublishedPort[],
): Intent | undefined {
  const { bridge, network } = endpoint;
  if (bridge === undefined) return undefined;
  const all = new Map(ports.map(({ containerIp }) => [containerIp.toString(), containerIp]));
  const addresses = [...all.values()].filter((ip) => holderOf(db, network, ip) === undefined);
  const publishing = endpoint.kept === undefined ? undefined : readPublishing(endpoint.kept);
  return {
    owner: ownerName(endpoint),
    bridge,
    addresses,
    isMasqueraded: false,
    direct: [],
    ports,
    publishing,
  };
}

/**
 * What the store wants in the firewall: of all endpoints but those on their way out. `hostNetworks` tells which subnets the
 * host is in.
 */
export function recordOf(db: Database, hostNetworks: () => HostNetwork[]): AddressRecord {
  return {
    isEmpty: () => !isAnyBehind(db),
    intents: () =>
      listEndpoints(db, 'all')
        .filter(({ state }) => state !== 'deleting')
        .flatMap((endpoint) => intentOf(db, endpoint) ?? []),
    wishes: (device) =>
      device === undefined
        ? { policies: listIngress(db), walls: listWalls(db) }
        : {
            policies: ingressPolicies
              .filter((ingress) => isWantedBehind(db, device, ingress))
              .map((ingress) => ({ device, ingress })),
            walls: wallsBehind(db, device).map((wall) => ({ device, wall })),
          },
    confined: (device) => listConfined(db, device),
    policiesInUse: () => ({
      internet: isAnyConfinedTo(db, keepEgress('internet')),
      local: isAnyConfinedTo(db, keepEgress('local')),
    }),
    filtered: () =>
      listPromised(db)
        .filter(({ isLeaving }) => !isLeaving)
        .map(({ networks: [one, other] }) => [one.bridge, other.bridge]),
    hostNetworks,
  };
}
