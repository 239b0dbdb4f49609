// The endpoints of this boot: what was begun, what is ready, and whose it is.
import { digestOf, Mac } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isConstraint } from './database.ts';
import type { Database, Row } from './database.ts';
import type { modes } from './schema.ts';
import { wallsIn } from './wall.ts';
import type { Wall } from './wall.ts';

/** What names an endpoint: one interface of one container on one network (the CNI attachment). */
export interface EndpointKey {
  readonly network: string;
  readonly container: string;
  readonly ifname: string;
}

/** What an endpoint is: one of the four modes, or a part that a chained plugin adds to one. */
export type Mode = (typeof modes)[number];

/** Who may call an endpoint: everybody, those behind the same device of the host, or nobody; beside published ports. */
export const ingressPolicies = ['open', 'same-bridge', 'isolated'] as const;
export type Ingress = (typeof ingressPolicies)[number];

/** Which sources frames of an endpoint may have: its own link-layer address, or all of its own addresses. */
export type GuardLevel = 'mac' | 'addresses';

/** The key of what a chained plugin adds to an endpoint. No interface can have such a name, for its colon. */
export function partOf(key: EndpointKey, plugin: string): EndpointKey {
  return { ...key, ifname: `${key.ifname}:${plugin}` };
}

/** The part that stands for the addresses which tsnet's IPAM gave to a plugin that is not tsnet's. */
export const IPAM = 'ipam';

/** Tells whether a key is of what a chained plugin added. */
export function isPart({ ifname }: EndpointKey): boolean {
  return ifname.includes(':');
}

/** The interface that a key is about, be it of the endpoint itself or of a part. */
export function interfaceOf({ ifname }: EndpointKey): string {
  return ifname.split(':')[0] ?? ifname;
}

/** An endpoint as the store keeps it. */
export interface Endpoint extends EndpointKey {
  readonly id: string;
  readonly mode: Mode;
  /**
   * `adding` until the kernel's part is done; `leaving` when deleted while others still share its sandbox; `deleting`
   * from when its rules go until it is gone.
   */
  readonly state: 'adding' | 'ready' | 'leaving' | 'deleting';
  readonly netns: string;
  readonly device: number;
  readonly inode: number;
  readonly shares: string | undefined;
  readonly bridge: string | undefined;
  readonly mac: Mac | undefined;
  readonly isMasqueraded: boolean;
  /** Set when its traffic is to pass the host's filters: who may call it. */
  readonly ingress: Ingress | undefined;
  /** What it may call, as JSON; absent: everything. */
  readonly egress?: string | undefined;
  readonly walls: readonly Wall[];
  /** Set when the sources of its frames are checked. */
  readonly guard: GuardLevel | undefined;
  /** What its mode must know to take it away, as JSON. */
  readonly kept: string | undefined;
  readonly attachment: string | undefined;
  readonly created: string;
}

/** The id of an endpoint, 64 hex digits, as it follows from its key alone. */
export function endpointId({ network, container, ifname }: EndpointKey): string {
  return digestOf(`${network}\0${container}\0${ifname}`);
}

/** How an endpoint is named where a person may read it: in aliases, comments and errors. Long ids are cut to 12 digits. */
export function ownerName({ network, container, ifname }: EndpointKey): string {
  const short = /^[0-9a-f]{64}$/.test(container) ? container.slice(0, 12) : container;
  return `${network}/${short}/${ifname}`;
}

function toEndpoint(row: Row): Endpoint {
  const text = (column: string): string | undefined => (row[column] ?? undefined) as string | undefined;
  return {
    id: row['id'] as string,
    network: row['network'] as string,
    container: row['container'] as string,
    ifname: row['ifname'] as string,
    mode: row['mode'] as Mode,
    state: row['state'] as Endpoint['state'],
    netns: row['netns'] as string,
    device: row['netns_device'] as number,
    inode: row['netns_inode'] as number,
    shares: text('shares'),
    bridge: text('bridge'),
    mac: row['mac'] === null ? undefined : Mac.parse(row['mac'] as string),
    isMasqueraded: row['masquerade'] === 1,
    ingress: text('ingress') as Ingress | undefined,
    egress: text('egress'),
    walls: wallsIn(text('walls')),
    guard: text('guard') as GuardLevel | undefined,
    kept: text('kept'),
    attachment: text('attachment'),
    created: row['created'] as string,
  };
}

/** Records an endpoint. Throws TSNET_EXISTS when its key is taken. */
export function insertEndpoint(db: Database, endpoint: Endpoint): void {
  try {
    db.run(
      `INSERT INTO endpoint (id, network, container, ifname, mode, state, netns, netns_device, netns_inode, shares,
         bridge, mac, masquerade, ingress, egress, walls, guard, kept, attachment, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      endpoint.id,
      endpoint.network,
      endpoint.container,
      endpoint.ifname,
      endpoint.mode,
      endpoint.state,
      endpoint.netns,
      endpoint.device,
      endpoint.inode,
      endpoint.shares ?? null,
      endpoint.bridge ?? null,
      endpoint.mac?.toString() ?? null,
      endpoint.isMasqueraded ? 1 : 0,
      endpoint.ingress ?? null,
      endpoint.egress ?? null,
      endpoint.walls.length === 0 ? null : endpoint.walls.join(),
      endpoint.guard ?? null,
      endpoint.kept ?? null,
      endpoint.attachment ?? null,
      endpoint.created,
    );
  } catch (error) {
    if (!isConstraint(error, 'UNIQUE')) throw error;
    throw alreadyAttached(endpoint);
  }
}

/** The error for a key that is taken. */
export function alreadyAttached({ container, ifname, network }: EndpointKey): TsnetError {
  return new TsnetError(
    'TSNET_EXISTS',
    `container "${container}" is already attached to network "${network}" as "${ifname}": delete it first`,
  );
}

/** The endpoint of that key, if there is one. */
export function findEndpoint(db: Database, key: EndpointKey): Endpoint | undefined {
  const row = db.get('SELECT * FROM endpoint WHERE id = ?', endpointId(key));
  return row === undefined ? undefined : toEndpoint(row);
}

const filters = {
  all: 'SELECT * FROM endpoint ORDER BY created, id',
  network: 'SELECT * FROM endpoint WHERE network = ? ORDER BY created, id',
  container: 'SELECT * FROM endpoint WHERE container = ? ORDER BY created, id',
  bridge: 'SELECT * FROM endpoint WHERE bridge = ? ORDER BY created, id',
  shares: 'SELECT * FROM endpoint WHERE shares = ? ORDER BY created, id',
  guarded: 'SELECT * FROM endpoint WHERE guard IS NOT NULL ORDER BY created, id',
  id: 'SELECT * FROM endpoint WHERE id = ?',
} as const;

/** The endpoints with that value in that column, the oldest first. */
export function listEndpoints(db: Database, by: keyof typeof filters, ...value: string[]): Endpoint[] {
  return db.all(filters[by], ...value).map(toEndpoint);
}

/** Where the sandbox of an endpoint was when it was recorded. */
export type SandboxPlace = Pick<Endpoint, 'id' | 'netns' | 'device' | 'inode'>;

/** The places of all sandboxes that are on record, read as they are asked for: there may be thousands. */
export function* sandboxPlaces(db: Database): Generator<SandboxPlace> {
  const sql = 'SELECT id, netns, netns_device, netns_inode FROM endpoint WHERE netns_inode <> 0';
  for (const { id, netns, netns_device: device, netns_inode: inode } of db.iterate(sql))
    yield { id, netns, device, inode } as SandboxPlace;
}

/** Tells whether some call is, or was cut off, between its beginning and its end. */
export function isAnyUnderWay(db: Database): boolean {
  return db.get(`SELECT 1 FROM endpoint WHERE state IN ('adding', 'deleting') LIMIT 1`) !== undefined;
}

/** Tells whether any endpoint is behind a bridge, of that name if one is given, and not on its way out. */
export function isAnyBehind(db: Database, bridge?: string): boolean {
  const sql = bridge === undefined ? 'bridge IS NOT NULL' : 'bridge = ?';
  const name = bridge === undefined ? [] : [bridge];
  return db.get(`SELECT 1 FROM endpoint WHERE ${sql} AND state <> 'deleting' LIMIT 1`, ...name) !== undefined;
}

/** Tells whether an endpoint behind a device, and not on its way out, wants that for it. */
export function isWantedBehind(db: Database, device: string, ingress: Ingress): boolean {
  const sql = `SELECT 1 FROM endpoint WHERE bridge = ? AND ingress = ? AND state <> 'deleting' LIMIT 1`;
  return db.get(sql, device, ingress) !== undefined;
}

/** What endpoints that are not on their way out want for the devices they are behind, each once. */
export function listIngress(db: Database): { device: string; ingress: Ingress }[] {
  const rows = db.all(
    `SELECT DISTINCT bridge, ingress FROM endpoint
     WHERE bridge IS NOT NULL AND ingress IS NOT NULL AND state <> 'deleting' ORDER BY bridge, ingress`,
  );
  return rows.map((row) => ({ device: row['bridge'] as string, ingress: row['ingress'] as Ingress }));
}

/** The devices, or that one alone, behind which endpoints that are not on their way out may not call everything. */
export function listConfined(db: Database, device?: string): string[] {
  const isMeant = device === undefined ? 'bridge IS NOT NULL' : 'bridge = ?';
  const rows = db.all(
    `SELECT DISTINCT bridge FROM endpoint
     WHERE ${isMeant} AND egress IS NOT NULL AND state <> 'deleting' ORDER BY bridge`,
    ...(device === undefined ? [] : [device]),
  );
  return rows.map((row) => row['bridge'] as string);
}

/** Tells whether any endpoint that is not on its way out may call just that. */
export function isAnyConfinedTo(db: Database, egress: string): boolean {
  const sql = `SELECT 1 FROM endpoint WHERE egress = ? AND state <> 'deleting' LIMIT 1`;
  return db.get(sql, egress) !== undefined;
}

/** Tells whether the sources of any endpoint's frames are checked that is not on its way out. */
export function isAnyGuarded(db: Database): boolean {
  const sql = `SELECT 1 FROM endpoint WHERE guard IS NOT NULL AND state <> 'deleting' LIMIT 1`;
  return db.get(sql) !== undefined;
}

/** Marks an endpoint as done, with what its caller is told; a transaction by itself. */
export function setReady(db: Database, id: string, attachment: string): void {
  db.change(`UPDATE endpoint SET state = 'ready', attachment = ? WHERE id = ?`, attachment, id);
}

/** Notes that an endpoint is on its way out. */
export function setState(db: Database, id: string, state: 'leaving' | 'deleting'): void {
  db.run('UPDATE endpoint SET state = ? WHERE id = ?', state, id);
}

/** Notes the link-layer address that the endpoint was given. */
export function setMac(db: Database, id: string, mac: Mac): void {
  db.run('UPDATE endpoint SET mac = ? WHERE id = ?', mac.toString(), id);
}

/** Notes which of its sources are checked. */
export function setGuard(db: Database, id: string, guard: GuardLevel): void {
  db.run('UPDATE endpoint SET guard = ? WHERE id = ?', guard, id);
}

/** Notes what the endpoint's mode must know to take it away. */
export function setKept(db: Database, id: string, kept: string): void {
  db.run('UPDATE endpoint SET kept = ? WHERE id = ?', kept, id);
}

/** Forgets an endpoint with its leases and ports. */
export function deleteEndpoint(db: Database, id: string): void {
  db.run('DELETE FROM endpoint WHERE id = ?', id);
}
