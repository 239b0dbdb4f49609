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

/** The held addresses of a network from `first` to `last`, in order and read as they are asked for. */
export function* heldBetween(db: Database, network: string, first: Ip, last: Ip): Generator<Ip> {
  const rows = db.iterate(
    `SELECT address FROM lease
     WHERE network = ? AND address BETWEEN ? AND ? AND length(address) = ? ORDER BY address`,
    network,
    first.toBytes(),
    last.toBytes(),
    first.toBytes().length,
  );
  for (const row of rows) yield Ip.fromBytes(row['address'] as Uint8Array);
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
