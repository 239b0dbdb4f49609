// The sandboxes that `tsnet run` started on this boot.
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';

/** A sandbox: one network namespace, the command in it, and the process that looks after both. */
export interface Sandbox {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  /** What --network said. */
  readonly mode: string;
  /** The path of its namespace; the host's own in mode host. */
  readonly netns: string;
  readonly command: readonly string[];
  readonly pid: number;
  /** When that process began, in clock ticks since boot (proc(5), stat field 22). */
  readonly pidStarted: string;
  readonly created: string;
}

function toSandbox(row: Row): Sandbox {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    mode: row['mode'] as string,
    netns: row['netns'] as string,
    command: JSON.parse(row['command'] as string) as string[],
    pid: row['pid'] as number,
    pidStarted: row['pid_started'] as string,
    created: row['created'] as string,
  };
}

/** Records a sandbox. Throws TSNET_EXISTS when its name is taken. */
export function insertSandbox(db: Database, sandbox: Sandbox): void {
  const { id, name, mode, netns, command, pid, pidStarted, created } = sandbox;
  try {
    db.run(
      'INSERT INTO sandbox (id, name, mode, netns, command, pid, pid_started, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      name,
      mode,
      netns,
      JSON.stringify(command),
      pid,
      pidStarted,
      created,
    );
  } catch (error) {
    if (!isConstraint(error, 'sandbox.name')) throw error;
    throw new TsnetError(
      'TSNET_EXISTS',
      `the name "${name}" is already in use: choose another, or remove that one (tsnet rm ${name})`,
    );
  }
}

/** All sandboxes, the newest first. */
export function listSandboxes(db: Database): Sandbox[] {
  return db.all('SELECT * FROM sandbox ORDER BY created DESC, id').map(toSandbox);
}

/** The sandbox of that name, or whose id begins so (4 digits at least). */
export function findSandbox(db: Database, nameOrId: string): Sandbox | undefined {
  const prefix = /^[0-9a-f]{4,64}$/.test(nameOrId) ? `${nameOrId}%` : nameOrId;
  const row = db.get(
    'SELECT * FROM sandbox WHERE name = ?1 OR id LIKE ?2 ORDER BY name = ?1 DESC LIMIT 1',
    nameOrId,
    prefix,
  );
  return row === undefined ? undefined : toSandbox(row);
}

/** Forgets a sandbox. */
export function deleteSandbox(db: Database, id: string): void {
  db.run('DELETE FROM sandbox WHERE id = ?', id);
}
