// The leases of this boot: which endpoint holds which address of which network.
import { Ip, InterfaceAddress } from '../address/index.ts';
import type { Database, Row } from './database.ts';

/** One address given to one endpoint. */
export interface Lease {
  readonly network: string;
  readonly address: InterfaceAddress;
  readonly gateway: Ip | undefined;
  readonly endpoint: string;
}

function toLease(row: Row): Lease {
  const gateway = row['gateway'] as Uint8Array | null;
  return {
    network: row['network'] as string,
    address: InterfaceAddress.of(Ip.fromBytes(row['address'] as Uint8Array), row['prefix'] as number),
    gateway: gateway === null ? undefined : Ip.fromBytes(gateway),
    endpoint: row['endpoint'] as string,
  };
}

/** Records a lease; refused by the schema when the address is held. */
export function insertLease(db: Database, { network, address, gateway, endpoint }: Lease): void {
  db.run(
    'INSERT INTO lease (network, address, endpoint, prefix, gateway) VALUES (?, ?, ?, ?, ?)',
    network,
    address.ip.toBytes(),
    endpoint,
    address.prefix,
    gateway?.toBytes() ?? null,
  );
}

/** The leases of an endpoint, IPv4 first. */
export function leasesOf(db: Database, endpoint: string): Lease[] {
  return db
    .all('SELECT * FROM lease WHERE endpoint = ? ORDER BY length(address), address', endpoint)
    .map(toLease);
}

/** Who holds an address of a network: the endpoint's id. */
export function holderOf(db: Database, network: string, address: Ip): string | undefined {
  const row = db.get(
    'SELECT endpoint FROM lease WHERE network = ? AND address = ?',
    network,
    address.toBytes(),
  );
  return row?.['endpoint'] as string | undefined;
}

const BETWEEN = 'network = ?1 AND address BETWEEN ?2 AND ?3 AND length(address) = ?4';

/** Tells whether an address is held or rests. */
export function isTaken(db: Database, network: string, address: Ip): boolean {
  const sql = `SELECT 1 FROM lease WHERE network = ?1 AND address = ?2
     UNION ALL SELECT 1 FROM resting WHERE network = ?1 AND address = ?2 LIMIT 1`;
  return db.get(sql, network, address.toBytes()) !== undefined;
}

/** The addresses of a network from `first` to `last` that are held or rest, in order and read as they are asked for. */
export function* takenBetween(db: Database, network: string, first: Ip, last: Ip): Generator<Ip> {
  const rows = db.iterate(
    `SELECT address FROM lease WHERE ${BETWEEN} UNION SELECT address FROM resting WHERE ${BETWEEN} ORDER BY address`,
    network,
    first.toBytes(),
    last.toBytes(),
    first.toBytes().length,
  );
  for (const row of rows) yield Ip.fromBytes(row['address'] as Uint8Array);
}

/** An address that rests since `released`, in ms since 1970. */
interface Resting {
  readonly ip: Ip;
  readonly released: number;
}

/** The addresses of a network from `first` to `last` that rest and are not held. */
export function restingBetween(db: Database, network: string, first: Ip, last: Ip): Resting[] {
  const rows = db.all(
    `SELECT address, released FROM resting WHERE ${BETWEEN}
       AND NOT EXISTS (SELECT 1 FROM lease WHERE network = ?1 AND lease.address = resting.address)`,
    network,
    first.toBytes(),
    last.toBytes(),
    first.toBytes().length,
  );
  return rows.map((row) => ({
    ip: Ip.fromBytes(row['address'] as Uint8Array),
    released: row['released'] as number,
  }));
}

/** How long an address rests after it was given back, in ms: whoever knew its holder may still call it. */
const REST_MS = 60_000;

/** Ends the rest of addresses that were given back long enough ago. */
export function endRest(db: Database, now = Date.now()): void {
  db.run('DELETE FROM resting WHERE released <= ?', now - REST_MS);
}

/** The address of a range set that was given last. */
export function readCursor(db: Database, network: string, range: string): Ip | undefined {
  const row = db.get('SELECT address FROM cursor WHERE network = ? AND range = ?', network, range);
  return row === undefined ? undefined : Ip.fromBytes(row['address'] as Uint8Array);
}

/** Notes the address of a range set that was given last. */
export function writeCursor(db: Database, network: string, range: string, address: Ip): void {
  db.run(
    'INSERT OR REPLACE INTO cursor (network, range, address) VALUES (?, ?, ?)',
    network,
    range,
    address.toBytes(),
  );
}
