// Publishing ports: which address of the host leads to which of an endpoint's.
import type { Family, Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { Database } from '../state/database.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { anyAddress, insertPorts } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import type { PortRequest } from './request.ts';

/**
 * Claims ports for an endpoint and decides where they lead to. Of several addresses of a family the first is the one.
 * Throws PortTaken, or TSNET_CONFIG when there is no address of the family that a port is asked for.
 */
export function publish(
  db: Database,
  { id }: Endpoint,
  requests: readonly PortRequest[],
  addresses: readonly Ip[],
): PublishedPort[] {
  const byFamily = new Map<Family, Ip>();
  for (const ip of [...addresses].sort((a, b) => a.family - b.family)) {
    if (!byFamily.has(ip.family)) byFamily.set(ip.family, ip);
  }
  const ports = requests.flatMap((port) => decide(port, byFamily));
  if (ports.length > 0) insertPorts(db, id, ports);
  return ports;
}

function decide(port: PortRequest, addresses: ReadonlyMap<Family, Ip>): PublishedPort[] {
  const { hostIp, hostPort, containerPort, protocol } = port;
  const families: Family[] = hostIp === undefined ? [...addresses.keys()] : [hostIp.family];
  const published = families.flatMap((family) => {
    const containerIp = addresses.get(family);
    return containerIp === undefined
      ? []
      : [{ protocol, hostPort, containerPort, containerIp, hostIp: hostIp ?? anyAddress[family] }];
  });
  if (published.length === 0) {
    throw familyLacking(port);
  }
  return published;
}

/** The error for a port on an address of a family of which the endpoint has none. */
export function familyLacking({ hostIp, hostPort, protocol }: PortRequest): TsnetError {
  const address = hostIp?.family === 6 ? `[${hostIp.toString()}]` : hostIp?.toString();
  const where = address === undefined ? `${hostPort}` : `${address}:${hostPort}`;
  return new TsnetError(
    'TSNET_CONFIG',
    `host port ${where}/${protocol}: the endpoint has no address of that family to forward to`,
  );
}
