// How much there is of what: for whoever watches over a host. Counted by the store, and cheap with many leases.
import { Ip } from '../address/index.ts';
import { rebuilds } from '../firewall/firewall.ts';
import type { Database } from '../state/database.ts';
import type { Host } from './host.ts';

/** One number, with what tells it from others of its name. */
export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Numbers as they are at one moment. */
export interface Census {
  /** By mode and state. */
  readonly endpoints: readonly Counted[];
  /** By network. */
  readonly leases: readonly Counted[];
  /** How many addresses each range that something was given from has, and how many of them are held. */
  readonly poolSizes: readonly Counted[];
  readonly poolLeases: readonly Counted[];
  /** Published, by protocol. */
  readonly ports: readonly Counted[];
  /** How often a table was written anew by this process. */
  readonly rebuilds: readonly Counted[];
}

/** Counts. */
export function takeCensus({ db }: Pick<Host, 'db'>): Census {
  const pools = db.all('SELECT network, range FROM cursor').map((row) => ({
    network: row['network'] as string,
    range: row['range'] as string,
  }));
  return {
    endpoints: counted(db, 'SELECT mode, state, count(*) AS value FROM endpoint GROUP BY mode, state'),
    leases: counted(db, 'SELECT network, count(*) AS value FROM lease GROUP BY network'),
    poolSizes: pools.map((labels) => ({ labels, value: sizeOf(labels.range) })),
    poolLeases: pools.map((labels) => ({ labels, value: heldIn(db, labels) })),
    ports: counted(db, 'SELECT protocol, count(*) AS value FROM port GROUP BY protocol'),
    rebuilds: [...rebuilds].map(([table, value]) => ({ labels: { table }, value })),
  };
}

function counted(db: Database, sql: string): Counted[] {
  return db.all(sql).map(({ value, ...labels }) => ({
    labels: Object.fromEntries(Object.entries(labels).map(([name, one]) => [name, String(one)])),
    value: value as number,
  }));
}

// A range set is named by what it is: `10.1.0.1-10.1.0.254,10.1.1.1-10.1.1.254`.
function partsOf(range: string): { first: Ip; last: Ip }[] {
  return range.split(',').map((part) => {
    const [first = '', last = ''] = part.split('-');
    return { first: Ip.parse(first), last: Ip.parse(last) };
  });
}

function sizeOf(range: string): number {
  return partsOf(range).reduce((sum, { first, last }) => sum + Number(last.value - first.value + 1n), 0);
}

function heldIn(db: Database, { network, range }: { network: string; range: string }): number {
  const sql =
    'SELECT count(*) AS held FROM lease WHERE network = ? AND address BETWEEN ? AND ? AND length(address) = ?';
  return partsOf(range).reduce((sum, { first, last }) => {
    const [from, to] = [first.toBytes(), last.toBytes()];
    return sum + (db.get(sql, network, from, to, from.length)?.['held'] as number);
  }, 0);
}
