// Numbers of routing tables: which are free in a sandbox.
import type { Connection } from '../../netlink/connection.ts';
import { listLinks } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import { listRules } from '../../netlink/route/rule.ts';
import type { Database } from '../../state/database.ts';
import { listEndpoints } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';

/** Where the reference plugin begins; those of the kernel, 253 to 255, are always in use. */
const FIRST_TABLE = 100;

/** The tables that rules, routes and virtual routing domains of a namespace use. */
export function tablesInUse(connection: Connection): number[] {
  const vrfs = listLinks(connection).flatMap(({ attributes: { info } }) =>
    info?.kind === 'vrf' ? [info.data?.table ?? 0] : [],
  );
  const all = [...listRules(connection), ...listRoutes(connection)].map(({ table }) => table);
  return [...new Set([...all, ...vrfs])].filter((table) => table >= FIRST_TABLE);
}

/** What parts that use tables of their own have in common of what they keep. */
export interface KeptTables {
  readonly tables: readonly number[];
}

/** What the other parts of a mode keep that the container of an endpoint has, finished or not. */
export function keptBeside<T>(db: Database, { id, container }: Endpoint, mode: Endpoint['mode']): T[] {
  return listEndpoints(db, 'container', container)
    .filter((one) => one.mode === mode && one.id !== id && one.kept !== undefined)
    .map(({ kept = '' }) => JSON.parse(kept) as T);
}

/**
 * The lowest `count` tables from 100 on that are not `busy` and not promised to another part of the same container. To be
 * called in the transaction that promises them: two ADDs at a time get different ones.
 */
export function freeTables(
  db: Database,
  endpoint: Endpoint,
  count: number,
  busy: readonly number[],
): number[] {
  const promised = (['sbr', 'vrf'] as const).flatMap((mode) => keptBeside<KeptTables>(db, endpoint, mode));
  const taken = new Set([253, 254, 255, ...busy, ...promised.flatMap(({ tables }) => tables)]);
  const free: number[] = [];
  for (let table = FIRST_TABLE; free.length < count; table++) if (!taken.has(table)) free.push(table);
  return free;
}
