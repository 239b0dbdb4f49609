import { expect, test, vi } from 'vitest';
import { insertEndpoint } from '../state/endpoint.ts';
import type { Database } from '../state/database.ts';
import { endpointOf, openStore } from '../test/temporary-store.ts';
import { takeCensus } from './census.ts';

const RANGE = '10.0.0.1-10.0.255.254';

/** A store with that many leases from 10.0.0.1 on, one outside of the range, and one of another family. */
function storeWith(leases: number): Database {
  const db = openStore();
  const { id } = endpointOf('one');
  insertEndpoint(db, endpointOf('one'));
  db.run(
    `INSERT INTO lease (network, address, endpoint, prefix)
     WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
     SELECT 'net', unhex(printf('0a%06x', n)), ?2, 16 FROM number
     UNION ALL SELECT 'net', unhex('0a0fffff'), ?2, 16
     UNION ALL SELECT 'net', unhex('0a00000500000000000000000000ffff'), ?2, 64`,
    leases,
    id,
  );
  db.run(`INSERT INTO cursor VALUES ('net', ?, x'0a000001')`, RANGE);
  return db;
}

/** How many rows of the store are read for it. */
function rowsRead(db: Database): number {
  const [all, get] = [vi.spyOn(db, 'all'), vi.spyOn(db, 'get')];
  takeCensus({ db });
  return all.mock.results.flatMap(({ value }) => value as unknown[]).length + get.mock.calls.length;
}

test('leases are counted, by network and by range', () => {
  expect(takeCensus({ db: storeWith(10_000) })).toMatchObject({
    endpoints: [{ labels: { mode: 'bridge', state: 'adding' }, value: 1 }],
    leases: [{ labels: { network: 'net' }, value: 10_002 }],
    poolSizes: [{ labels: { network: 'net', range: RANGE }, value: 65_534 }],
    poolLeases: [{ labels: { network: 'net', range: RANGE }, value: 10_000 }],
  });
});

test('however many there are, the store does the counting', () => {
  const few = rowsRead(storeWith(10));
  // At least one of endpoints, of leases, of ranges and of what is held.
  expect(few).toBeGreaterThanOrEqual(4);
  expect(rowsRead(storeWith(10_000))).toBe(few);
});
