// The sandboxes that `tsnet run` and `tsnet create` made on this boot.
import type { Protocol } from './port.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';

/** What a sandbox is on one of its networks, beside what its endpoint has. */
export interface Membership {
  /** Of the networks with a gateway, that of the highest priority is the way out. */
  readonly priority: number;
  readonly isInternal: boolean;
  /** Addresses that it leaves the network by, of the families where that is not the bridge's. */
  readonly gateways?: readonly string[] | undefined;
  /** Further names under which the members of the network know it. */
  readonly aliases: readonly string[];
}

/** A port that a sandbox has published, on whichever network its way out is. */
export interface WantedPort {
  readonly protocol: Protocol;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly hostIp?: string | undefined;
}

/** How the command of a sandbox ended. */
export interface SandboxOutcome {
  readonly code: number;
  /** As ISO 8601 has it. */
  readonly ended: string;
}

/** What a sandbox was made with. What is left out is as it is on the host. */
export interface SandboxDetails {
  readonly hostname?: string | undefined;
  /** Addresses of name servers. */
  readonly dns?: readonly string[] | undefined;
  /** Domains that names are looked for in; one that is "." stands for none. */
  readonly dnsSearch?: readonly string[] | undefined;
  /** Options of the resolver (resolv.conf(5)). */
  readonly dnsOptions?: readonly string[] | undefined;
  /** Names with addresses, for its file of hosts. */
  readonly hosts?: readonly (readonly [name: string, address: string])[] | undefined;
  readonly ports?: readonly WantedPort[] | undefined;
  /** What they were before a change that is under way. */
  readonly portsBefore?: readonly WantedPort[] | undefined;
  /** By the name of the interface. */
  readonly memberships?: Readonly<Record<string, Membership>> | undefined;
  /** The file that its command writes to, when that has no terminal. */
  readonly log?: string | undefined;
  /** Its record stays when its command has ended. */
  readonly isKept?: boolean | undefined;
  /** How its command ended, of one whose record has stayed. */
  readonly outcome?: SandboxOutcome | undefined;
  /** Mode container: the id of the sandbox whose network, hosts and name servers it has. */
  readonly shares?: string | undefined;
}

/** A sandbox: one network namespace, the command in it, and the process that looks after both. */
export interface Sandbox {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  /** What --network said. */
  readonly mode: string;
  /** The path of its namespace; the host's own in mode host; empty once it has ended. */
  readonly netns: string;
  readonly command: readonly string[];
  /** Of the tsnet that looks after it; 0 once it is one that lives without a process, or has ended. */
  readonly pid: number;
  /** When that process began, in clock ticks since boot (proc(5), stat field 22). */
  readonly pidStarted: string;
  readonly created: string;
  readonly details: SandboxDetails;
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
    details: JSON.parse(row['details'] as string) as SandboxDetails,
  };
}

/** Records a sandbox. Throws TSNET_EXISTS when its name is taken. */
export function insertSandbox(db: Database, sandbox: Sandbox): void {
  const { id, name, mode, netns, command, pid, pidStarted, created, details } = sandbox;
  try {
    db.run(
      `INSERT INTO sandbox (id, name, mode, netns, command, pid, pid_started, created, details)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      name,
      mode,
      netns,
      JSON.stringify(command),
      pid,
      pidStarted,
      created,
      JSON.stringify(details),
    );
  } catch (error) {
    throw nameTaken(error, name);
  }
}

function nameTaken(error: unknown, name: string): unknown {
  if (!isConstraint(error, 'sandbox.name')) return error;
  return new TsnetError(
    'TSNET_EXISTS',
    `the name "${name}" is already in use: choose another, or remove that one (tsnet rm ${name})`,
  );
}

/** Gives a sandbox another name, in the modes of those that share its network, too. Throws TSNET_EXISTS. */
export function renameSandbox(db: Database, { id, name }: Sandbox, next: string): void {
  try {
    db.run('UPDATE sandbox SET name = ? WHERE id = ?', next, id);
  } catch (error) {
    throw nameTaken(error, next);
  }
  db.run('UPDATE sandbox SET mode = ? WHERE mode = ?', `container:${next}`, `container:${name}`);
}

/** Notes that a sandbox is there and lives without a process. */
export function releaseSandbox(db: Database, id: string): void {
  db.run(`UPDATE sandbox SET pid = 0, pid_started = '' WHERE id = ?`, id);
}

/** Notes how a sandbox ended whose record stays; inside of a transaction. */
export function endSandboxRecord(db: Database, id: string, outcome: SandboxOutcome): void {
  db.run(`UPDATE sandbox SET pid = 0, pid_started = '', netns = '' WHERE id = ?`, id);
  changeDetails(db, id, () => ({ outcome }));
}

/** Changes the details of a sandbox as they are by now; inside of a transaction. */
export function changeDetails(
  db: Database,
  id: string,
  change: (details: SandboxDetails) => Partial<SandboxDetails>,
): void {
  const row = db.get('SELECT details FROM sandbox WHERE id = ?', id);
  if (row === undefined) return;
  const details = JSON.parse(row['details'] as string) as SandboxDetails;
  db.run(
    'UPDATE sandbox SET details = ? WHERE id = ?',
    JSON.stringify({ ...details, ...change(details) }),
    id,
  );
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

/** The sandbox of that id. */
export function getSandboxById(db: Database, id: string): Sandbox | undefined {
  const row = db.get('SELECT * FROM sandbox WHERE id = ?', id);
  return row === undefined ? undefined : toSandbox(row);
}

/** Forgets a sandbox. */
export function deleteSandbox(db: Database, id: string): void {
  db.run('DELETE FROM sandbox WHERE id = ?', id);
}
