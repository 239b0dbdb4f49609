// One SQLite database shared by short-lived processes, and the lock that makes them queue instead of poll.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { TsnetError } from '../errors/tsnet-error.ts';
import { identityOf } from '../native/index.ts';
import { withLock } from './lock.ts';

const BUSY_TIMEOUT_MS = 10_000;

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>;

/** A database opened for one process; `lockFile` orders the writers. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #inode: number;
  readonly #lockFile: string;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file at `path`. `schema` is all steps that ever made it what it is, the first for a new file: those that the
   * file has not seen are taken. Throws TSNET_STATE for what is no such file, or one that a newer tsnet has written.
   * @param durable whether a commit must survive a power cut; if not, only a crash of the process
   */
  constructor(path: string, schema: readonly string[], durable: boolean) {
    this.#path = path;
    this.#lockFile = `${path}.lock`;
    try {
      // SQLite would create it with the caller's umask.
      const fd = openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
      this.#inode = fstatSync(fd).ino;
      closeSync(fd);
      this.#db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
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

  /** Tells whether what was opened is still the file at its path, for a process that stays. */
  isInPlace(): boolean {
    return identityOf(this.#path)?.inode === this.#inode;
  }

  /**
   * For a process that stays: changes go to a log beside the file, which costs a commit half as much as keeping what was
   * there before. Every process that opens the file does the same from then on, until `stopLogging`. sqlite.org/wal.html
   */
  startLogging(): void {
    this.#switchJournal('WAL');
  }

  /** Back to what is best where each call is a process of its own; while others have the file open, it stays as it is. */
  stopLogging(): void {
    this.#switchJournal('DELETE');
  }

  /** Runs `work` as one transaction. It must be short: no kernel work, no waiting. */
  transaction<T>(work: () => T): T {
    return this.#locked(() =>
      this.#telling(() => {
        this.#prepare('BEGIN IMMEDIATE').run();
        try {
          const outcome = work();
          this.#prepare('COMMIT').run();
          return outcome;
        } catch (error) {
          this.#rollBack();
          throw error;
        }
      }),
    );
  }

  /** Runs one change that is a transaction by itself. */
  change(sql: string, ...values: SQLInputValue[]): number {
    return this.#locked(() => this.run(sql, ...values));
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#telling(() => Number(this.#prepare(sql).run(...values).changes));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#telling(() => this.#prepare(sql).all(...values));
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#telling(() => this.#prepare(sql).get(...values));
  }

  iterate(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#prepare(sql).iterate(...values) as Iterable<Row>;
  }

  // After some failures, as of a full disk, SQLite has done so itself.
  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch (error) {
      if (!isConstraint(error, 'no transaction')) throw error;
    }
  }

  // A file that cannot be read or written any more is told as TSNET_STATE; what SQLite refuses is told as it is.
  #telling<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (!isOfTheFile(cause)) throw cause;
      throw new TsnetError('TSNET_STATE', `store "${this.#path}": ${(cause as Error).message}`, { cause });
    }
  }

  // It is for speed alone: who cannot have it now goes on without.
  #switchJournal(mode: 'WAL' | 'DELETE'): void {
    this.#locked(() => {
      this.#db.exec('PRAGMA busy_timeout = 0');
      try {
        this.#db.exec(`PRAGMA journal_mode = ${mode}`);
      } catch (error) {
        if (!isConstraint(error, 'locked')) throw error;
      } finally {
        this.#db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
    });
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

/** Primary result codes of SQLite that are about the file and what it is on. sqlite.org/rescode.html */
const OF_THE_FILE = { PERM: 3, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 };

function isOfTheFile(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' && Object.values(OF_THE_FILE).includes(errcode & 0xff);
}

/** Tells whether SQLite refused a row because of the named constraint or trigger. */
export function isConstraint(error: unknown, text: string): boolean {
  return error instanceof Error && error.message.includes(text);
}
