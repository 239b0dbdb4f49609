// One SQLite database shared by short-lived processes, and the lock that makes them queue instead of poll.
import { closeSync, constants, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { TsnetError } from '../errors/tsnet-error.ts';
import { withLock } from './lock.ts';

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>;

/** A database opened for one process; `lockFile` orders the writers. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #lockFile: string;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file at `path`. `schema` is all steps that ever made it what it is, the first for a new file: those that the
   * file has not seen are taken. Throws TSNET_STATE for what is no such file, or one that a newer tsnet has written.
   * @param durable whether a commit must survive a power cut; if not, only a crash of the process
   */
  constructor(path: string, schema: readonly string[], durable: boolean) {
    this.#lockFile = `${path}.lock`;
    try {
      // SQLite would create it with the caller's umask.
      closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600));
      this.#db = new DatabaseSync(path, { timeout: 10_000 });
      this.#db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}; PRAGMA foreign_keys = ON`);
      const taken = this.#stepsTaken();
      if (taken < schema.length)
        this.#locked(() => {
          this.#takeSteps(schema);
        });
      else if (taken > schema.length)
        throw new Error('it is of a newer version of tsnet: use that one, or no older one');
    } catch (cause) {
      throw new TsnetError('TSNET_STATE', `store "${path}": ${(cause as Error).message}`, { cause });
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Runs `work` as one transaction. It must be short: no kernel work, no waiting. */
  transaction<T>(work: () => T): T {
    return this.#locked(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const outcome = work();
        this.#db.exec('COMMIT');
        return outcome;
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  iterate(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#prepare(sql).iterate(...values) as Iterable<Row>;
  }

  #stepsTaken(): number {
    return (this.#db.prepare('PRAGMA user_version').get() as Row)['user_version'] as number;
  }

  // Another process may have taken them meanwhile, all or none.
  #takeSteps(schema: readonly string[]): void {
    const steps = schema.slice(this.#stepsTaken());
    if (steps.length === 0) return;
    this.#db.exec(`BEGIN IMMEDIATE; ${steps.join(';')}; PRAGMA user_version = ${schema.length}; COMMIT`);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  // SQLite's own waiting sleeps and tries again; a queue at a lock goes on at once.
  #locked<T>(work: () => T): T {
    return withLock(this.#lockFile, 'exclusive', work);
  }
}

/** Tells whether SQLite refused a row because of the named constraint or trigger. */
export function isConstraint(error: unknown, text: string): boolean {
  return error instanceof Error && error.message.includes(text);
}
