// The published ports of this boot.
import { everywhere, Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';

/** Protocol numbers (RFC 5237) by the names that port mappings use. */
export const protocols = { tcp: 6, udp: 17, sctp: 132 } as const;

export type Protocol = keyof typeof protocols;

/** A host address and port forwarded to an endpoint's. An unspecified `hostIp` stands for every address of its family. */
export interface PublishedPort {
  readonly protocol: Protocol;
  readonly hostIp: Ip;
  readonly hostPort: number;
  readonly containerIp: Ip;
  readonly containerPort: number;
}

/** The unspecified address of a family: every address of the host. */
export const anyAddress: Record<Family, Ip> = { 4: everywhere[4].network, 6: everywhere[6].network };

function nameOf(number: unknown): Protocol {
  return (Object.keys(protocols) as Protocol[]).find((name) => protocols[name] === number) ?? 'tcp';
}

function toPort(row: Row): PublishedPort {
  return {
    protocol: nameOf(row['protocol']),
    hostIp: Ip.fromBytes(row['host_ip'] as Uint8Array),
    hostPort: row['host_port'] as number,
    containerIp: Ip.fromBytes(row['container_ip'] as Uint8Array),
    containerPort: row['container_port'] as number,
  };
}

/** A published port that another endpoint holds. */
export class PortTaken extends TsnetError {
  readonly port: PublishedPort;

  constructor(port: PublishedPort) {
    const address = port.hostIp.family === 4 ? port.hostIp.toString() : `[${port.hostIp.toString()}]`;
    super('TSNET_PORT_IN_USE', `host port ${address}:${port.hostPort}/${port.protocol} is already published`);
    this.port = port;
  }
}

/**
 * Records the published ports of an endpoint, in the caller's transaction. Throws PortTaken for the first that is held, on its
 * address or on all, or that is there twice.
 */
export function insertPorts(db: Database, endpoint: string, ports: readonly PublishedPort[]): void {
  for (const port of ports) insertPort(db, endpoint, port);
  db.run('UPDATE endpoint SET has_ports = 1 WHERE id = ?', endpoint);
}

function insertPort(db: Database, endpoint: string, port: PublishedPort): void {
  try {
    db.run(
      `INSERT INTO port (protocol, host_port, host_ip, container_ip, container_port, endpoint)
       VALUES (?, ?, ?, ?, ?, ?)`,
      protocols[port.protocol],
      port.hostPort,
      port.hostIp.toBytes(),
      port.containerIp.toBytes(),
      port.containerPort,
      endpoint,
    );
  } catch (error) {
    throw isConstraint(error, 'port taken') ? new PortTaken(port) : error;
  }
}

/** The published ports of an endpoint. */
export function portsOf(db: Database, endpoint: string): PublishedPort[] {
  return db
    .all('SELECT * FROM port WHERE endpoint = ? ORDER BY protocol, host_port, host_ip', endpoint)
    .map(toPort);
}

/** Forgets the published ports of an endpoint. */
export function deletePorts(db: Database, endpoint: string): void {
  db.run('DELETE FROM port WHERE endpoint = ?', endpoint);
  db.run('UPDATE endpoint SET has_ports = 0 WHERE id = ?', endpoint);
}

/** The endpoint that holds a port a new one would collide with. */
export function holderOfPort(db: Database, port: PublishedPort): string | undefined {
  const row = db.get(
    `SELECT endpoint FROM port WHERE protocol = ? AND host_port = ? AND length(host_ip) = ?
       AND (host_ip = ? OR host_ip = zeroblob(length(host_ip)) OR ?) LIMIT 1`,
    protocols[port.protocol],
    port.hostPort,
    port.hostIp.toBytes().length,
    port.hostIp.toBytes(),
    port.hostIp.isUnspecified ? 1 : 0,
  );
  return row?.['endpoint'] as string | undefined;
}

/** Tells whether any endpoint behind a bridge has a published port, at the same cost however many endpoints there are. */
export function hasPorts(db: Database, bridge: string): boolean {
  const sql = 'SELECT 1 FROM endpoint WHERE bridge = ? AND has_ports = 1 LIMIT 1';
  return db.get(sql, bridge) !== undefined;
}
