// The endpoints that the store knows, each with what chained plugins have added to it.
import type { Database } from '../../state/database.ts';
import { interfaceOf, isPart, listEndpoints } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { portsOf } from '../../state/port.ts';
import { deserialize } from '../attachment.ts';
import { readKept } from '../bridge/kept.ts';
import type { LinkSpec } from '../link/spec.ts';
import type { SketchedEndpoint } from './model.ts';

/** An endpoint, and what its network is concluded from. */
export interface KnownEndpoint {
  readonly sketch: SketchedEndpoint;
  readonly endpoint: Endpoint;
  /** As in SketchedNetwork. */
  readonly kind: string;
  readonly device: string | undefined;
}

/** All of them, the oldest first. */
export function readEndpoints(db: Database): KnownEndpoint[] {
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of listEndpoints(db, 'all')) {
    const key = [endpoint.network, endpoint.container, interfaceOf(endpoint)].join('\0');
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  }
  return [...groups.values()].flatMap((group) => toKnown(db, group) ?? []);
}

function toKnown(db: Database, group: readonly Endpoint[]): KnownEndpoint | undefined {
  const endpoint = group.find((one) => !isPart(one)) ?? group[0];
  if (endpoint === undefined) return undefined;
  const ports = group.flatMap(({ id }) => portsOf(db, id));
  // Of what another plugin has attached the parts alone are known.
  const called = isPart(endpoint) ? ports.map(({ containerIp }) => containerIp.toString()) : [];
  const leased = group.flatMap(({ id }) => leasesOf(db, id).map(({ address }) => address.ip.toString()));
  const addresses =
    [leased, toldAddresses(endpoint), [...new Set(called)]].find((list) => list.length > 0) ?? [];
  return {
    sketch: {
      sandbox: endpoint.container,
      ifname: interfaceOf(endpoint),
      addresses,
      ports: ports.map(({ hostIp, hostPort, containerPort, protocol }) => {
        return { hostIp: hostIp.toString(), hostPort, containerPort, protocol };
      }),
      isReady: endpoint.state === 'ready',
    },
    endpoint,
    ...placeOf(endpoint, group),
  };
}

function toldAddresses({ attachment }: Endpoint): string[] {
  if (attachment === undefined) return [];
  return deserialize(attachment).addresses.map(({ address }) => address.ip.toString());
}

function placeOf(endpoint: Endpoint, group: readonly Endpoint[]): Pick<KnownEndpoint, 'kind' | 'device'> {
  const behind = group.find(({ bridge }) => bridge !== undefined)?.bridge;
  const { mode } = endpoint;
  if (mode === 'bridge') return { kind: mode, device: readKept(endpoint).plug };
  if (mode === 'link') {
    const spec = JSON.parse(endpoint.kept ?? '{}') as Partial<LinkSpec>;
    return { kind: spec.kind ?? mode, device: 'master' in spec ? spec.master : undefined };
  }
  if (mode === 'ptp') return { kind: mode, device: undefined };
  return { kind: isPart(endpoint) ? 'another plugin' : mode, device: behind };
}
