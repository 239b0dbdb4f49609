// The rows of tsnet's store, read with SQLite alone.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Lab } from './lab.ts';

const TABLES = ['endpoint', 'lease', 'port', 'sandbox'] as const;

/** The rows of each table that must be empty when nothing is attached. */
export type Rows = Record<(typeof TABLES)[number], Record<string, unknown>[]>;

/** Reads the store of a lab; all tables are empty when there is none yet. */
export function readStore({ runDir }: Lab): Rows {
  const rows: Rows = { endpoint: [], lease: [], port: [], sandbox: [] };
  const file = existsSync(runDir) ? readdirSync(runDir).find((name) => name.endsWith('.db')) : undefined;
  if (file === undefined) return rows;
  const db = new DatabaseSync(join(runDir, file), { timeout: 10_000 });
  try {
    // A process that was killed, or is at it just now, has made the file and not yet its tables: nothing is in it.
    if (db.prepare('PRAGMA user_version').get()?.['user_version'] === 0) return rows;
    for (const table of TABLES) rows[table] = db.prepare(`SELECT * FROM ${table}`).all();
  } finally {
    db.close();
  }
  return rows;
}
