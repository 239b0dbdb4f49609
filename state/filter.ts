// Filters: pairs of networks whose traffic passes through a sandbox. The definition is durable, as that of the networks
// is; what is promised of it for this boot is beside the endpoints.
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';
import { findNetwork } from './network.ts';
import type { Network } from './network.ts';

/** One of the two networks of a filter. */
export interface FilteredNetwork {
  readonly name: string;
  readonly bridge: string;
  /** CIDRs. */
  readonly subnets: readonly string[];
}

/** That two networks call each other through a sandbox alone. */
export interface Filter {
  /** The ids of both networks. */
  readonly id: string;
  /** The name of the sandbox; it need not be there. */
  readonly through: string;
  readonly networks: readonly [FilteredNetwork, FilteredNetwork];
}

/** A filter as it is in force in this boot. */
export interface PromisedFilter extends Filter {
  /** The number of its routing table. */
  readonly table: number;
  /** It is no longer defined, and its rules and routes are on their way out. */
  readonly isLeaving: boolean;
}

// One row is for both directions, so the pair is kept in one order.
function pairOf(one: Network, other: Network): [Network, Network] {
  return one.id < other.id ? [one, other] : [other, one];
}

/** Defines a filter in the durable store. Throws TSNET_EXISTS when the two networks have one. */
export function insertFilter(db: Database, one: Network, other: Network, through: string): void {
  const [first, second] = pairOf(one, other);
  try {
    db.run('INSERT INTO filter (network, other, through) VALUES (?, ?, ?)', first.id, second.id, through);
  } catch (error) {
    if (!isConstraint(error, 'UNIQUE')) throw error;
    throw new TsnetError(
      'TSNET_EXISTS',
      `networks ${one.name} and ${other.name} have a filter already (tsnet network filter ls)`,
    );
  }
}

/** Forgets the definition of a filter; tells whether there was one. */
export function deleteFilter(db: Database, one: Network, other: Network): boolean {
  const ids = pairOf(one, other).map(({ id }) => id);
  return db.run('DELETE FROM filter WHERE network = ? AND other = ?', ...ids) > 0;
}

function filteredNetwork(db: Database, id: string): FilteredNetwork {
  const network = findNetwork(db, id);
  if (network === undefined)
    throw new TsnetError('TSNET_STATE', `filter of a network that is not there: ${id}`);
  const { name, bridge, subnets } = network;
  return { name, bridge, subnets: subnets.map(({ cidr }) => cidr.toString()) };
}

/** The filters that are defined in the durable store. */
export function listFilters(db: Database): Filter[] {
  return db.all('SELECT * FROM filter ORDER BY network, other').map((row) => {
    const [network, other] = [row['network'] as string, row['other'] as string];
    return {
      id: `${network} ${other}`,
      through: row['through'] as string,
      networks: [filteredNetwork(db, network), filteredNetwork(db, other)],
    };
  });
}

function toPromised(row: Row): PromisedFilter {
  return {
    ...(JSON.parse(row['definition'] as string) as Pick<Filter, 'through' | 'networks'>),
    id: row['id'] as string,
    table: row['routing_table'] as number,
    isLeaving: row['state'] === 'leaving',
  };
}

/** The filters of this boot, those on their way out among them. */
export function listPromised(db: Database): PromisedFilter[] {
  return db.all('SELECT * FROM filter ORDER BY id').map(toPromised);
}

/** Promises a filter; one that is on record keeps its routing table. */
export function promiseFilter(db: Database, { id, through, networks }: Filter, table: number): void {
  db.run(
    `INSERT INTO filter (id, routing_table, state, definition) VALUES (?, ?, 'wanted', ?)
     ON CONFLICT (id) DO UPDATE SET state = 'wanted', definition = excluded.definition`,
    id,
    table,
    JSON.stringify({ through, networks }),
  );
}

/** Notes that a filter is on its way out. */
export function setLeaving(db: Database, id: string): void {
  db.run(`UPDATE filter SET state = 'leaving' WHERE id = ?`, id);
}

/** Forgets a filter that is on its way out. */
export function forgetFilter(db: Database, id: string): void {
  db.run(`DELETE FROM filter WHERE id = ? AND state = 'leaving'`, id);
}
