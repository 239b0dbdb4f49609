// The networks that a person defined. They are durable: a reboot does not forget them.
import { Cidr, Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';

/** The schema of the store below the state directory, as steps. */
export const networkSchema = [
  `
CREATE TABLE network (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  bridge  TEXT NOT NULL UNIQUE,
  options TEXT NOT NULL,                        -- JSON object
  labels  TEXT NOT NULL,                        -- JSON object
  created TEXT NOT NULL
) STRICT;

CREATE TABLE subnet (
  first   BLOB NOT NULL,
  last    BLOB NOT NULL CHECK (length(last) = length(first)),
  network TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
  cidr    TEXT NOT NULL,
  gateway TEXT NOT NULL,
  range   TEXT,                                 -- the part that addresses are given from
  PRIMARY KEY (first, last)
) STRICT;

CREATE TRIGGER subnet_overlap BEFORE INSERT ON subnet
WHEN EXISTS (SELECT 1 FROM subnet WHERE length(first) = length(NEW.first) AND first <= NEW.last AND last >= NEW.first)
BEGIN
  SELECT RAISE(ABORT, 'subnet overlaps');
END;
`,
  `
CREATE TABLE filter (                           -- networks that call each other through a sandbox alone
  network TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
  other   TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
  through TEXT NOT NULL,                        -- the name of the sandbox
  PRIMARY KEY (network, other),
  CHECK (network < other)
) STRICT;
`,
  `
ALTER TABLE subnet ADD COLUMN reserved TEXT NOT NULL DEFAULT '{}'; -- JSON object: addresses that nobody gets, by name
`,
];

/** A subnet of a network; addresses are given from `range`, or from all of it. */
export interface Subnet {
  readonly cidr: Cidr;
  readonly gateway: Ip;
  readonly range: Cidr | undefined;
  /** Addresses that nobody is given, by the names of what has them. */
  readonly reserved: Readonly<Record<string, Ip>>;
}

/** A network as a person defined it; `options` have Docker's names. */
export interface Network {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly bridge: string;
  readonly subnets: readonly Subnet[];
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string;
}

function subnetsOf(db: Database, network: string): Subnet[] {
  return db
    .all('SELECT * FROM subnet WHERE network = ? ORDER BY length(first), first', network)
    .map((row) => ({
      cidr: Cidr.parse(row['cidr'] as string),
      gateway: Ip.parse(row['gateway'] as string),
      range: row['range'] === null ? undefined : Cidr.parse(row['range'] as string),
      reserved: toReserved(row['reserved'] as string),
    }));
}

function toReserved(text: string): Record<string, Ip> {
  const entries = Object.entries(JSON.parse(text) as Record<string, string>);
  return Object.fromEntries(entries.map(([name, ip]) => [name, Ip.parse(ip)]));
}

function toNetwork(db: Database, row: Row): Network {
  const id = row['id'] as string;
  return {
    id,
    name: row['name'] as string,
    bridge: row['bridge'] as string,
    subnets: subnetsOf(db, id),
    options: JSON.parse(row['options'] as string) as Record<string, string>,
    labels: JSON.parse(row['labels'] as string) as Record<string, string>,
    created: row['created'] as string,
  };
}

/** All networks, in the order of their names. */
export function listNetworks(db: Database): Network[] {
  return db.all('SELECT * FROM network ORDER BY name').map((row) => toNetwork(db, row));
}

/** The network of that name, or whose id begins so (4 digits at least). */
export function findNetwork(db: Database, nameOrId: string): Network | undefined {
  const prefix = /^[0-9a-f]{4,64}$/.test(nameOrId) ? `${nameOrId}%` : nameOrId;
  const row = db.get(
    'SELECT * FROM network WHERE name = ?1 OR id LIKE ?2 ORDER BY name = ?1 DESC LIMIT 1',
    nameOrId,
    prefix,
  );
  return row === undefined ? undefined : toNetwork(db, row);
}

/** Records a network. Throws TSNET_EXISTS when its name, its bridge or a part of its subnets is taken. */
export function insertNetwork(db: Database, network: Network): void {
  const { id, name, bridge, subnets, options, labels, created } = network;
  try {
    db.run(
      'INSERT INTO network (id, name, bridge, options, labels, created) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      name,
      bridge,
      JSON.stringify(options),
      JSON.stringify(labels),
      created,
    );
  } catch (error) {
    if (isConstraint(error, 'network.name'))
      throw new TsnetError('TSNET_EXISTS', `network with name ${name} already exists`);
    if (isConstraint(error, 'network.bridge'))
      throw new TsnetError('TSNET_EXISTS', `bridge name "${bridge}" is used by another network`);
    throw error;
  }
  for (const subnet of subnets) insertSubnet(db, id, subnet);
}

function insertSubnet(db: Database, network: string, { cidr, gateway, range, reserved }: Subnet): void {
  try {
    db.run(
      'INSERT INTO subnet (first, last, network, cidr, gateway, range, reserved) VALUES (?, ?, ?, ?, ?, ?, ?)',
      cidr.first.toBytes(),
      cidr.last.toBytes(),
      network,
      cidr.toString(),
      gateway.toString(),
      range?.toString() ?? null,
      JSON.stringify(reserved),
    );
  } catch (error) {
    if (!isConstraint(error, 'subnet overlaps')) throw error;
    throw subnetTaken(cidr);
  }
}

/** The error for a subnet of which another network has a part. */
export function subnetTaken(cidr: Cidr): TsnetError {
  return new TsnetError(
    'TSNET_EXISTS',
    `subnet ${cidr.toString()} overlaps with a subnet of another network (tsnet network ls)`,
  );
}

/** Records what has become of a network; its name, bridge and time stay. Throws TSNET_EXISTS as `insertNetwork` does. */
export function replaceNetwork(db: Database, { id, subnets, options, labels }: Network): void {
  db.run(
    'UPDATE network SET options = ?, labels = ? WHERE id = ?',
    JSON.stringify(options),
    JSON.stringify(labels),
    id,
  );
  db.run('DELETE FROM subnet WHERE network = ?', id);
  for (const subnet of subnets) insertSubnet(db, id, subnet);
}

/** Forgets a network. */
export function deleteNetwork(db: Database, id: string): void {
  db.run('DELETE FROM network WHERE id = ?', id);
}
