// IPAM alone: the program host-local of each side, and pools of which much is held.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InterfaceAddress, Ip } from '../address/index.ts';
import { Database } from '../state/database.ts';
import { endpointId, insertEndpoint } from '../state/endpoint.ts';
import { insertLease, writeCursor } from '../state/lease.ts';
import { runDatabase } from '../state/place.ts';
import { schema } from '../state/schema.ts';
import { environment, header, REFERENCE_FOLDER } from './side.ts';
import type { Container, Side, SideName } from './side.ts';
import type { Call } from './timer.ts';

const SUBNET = '10.88.0.0/16';
/** Far behind those that the containers of the bench get. */
const FIRST_HELD = Ip.parse('10.88.64.0');

/** A side that asks for an address and gives it back, nothing else. */
export interface LeaseSide extends Side {
  /** Lets others hold `count` addresses, the last of which was the last that was given. After the first ADD only. */
  hold(count: number): void;
}

function heldAddress(at: number): Ip {
  return FIRST_HELD.plus(BigInt(at));
}

function sideOf(name: SideName, pluginFolder: string, env: Record<string, string>, dataDir: string): Side {
  const file = join(pluginFolder, 'host-local');
  const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: SUBNET }]] };
  const config = JSON.stringify({ ...header, type: 'macvlan', ipam });
  const call = (command: string, container?: Container): Call => ({
    file,
    config,
    env: { ...environment(command, pluginFolder, container), ...env },
  });
  return {
    name,
    start: () => call('VERSION'),
    add: (container) => [call('ADD', container)],
    del: (container) => [call('DEL', container)],
  };
}

/** tsnet's host-local. `folder` is free for its state. */
export function tsnetLeases(name: 'tsnet' | 'daemon', pluginFolder: string, folder: string): LeaseSide {
  const run = join(folder, 'run');
  const env = { TSNET_RUN_DIR: run, TSNET_STATE_DIR: join(folder, 'state') };
  const side = sideOf(name, pluginFolder, env, join(folder, 'host-local'));
  const daemon = name === 'daemon' ? env : undefined;
  return { ...side, daemon, hold: (count) => holdInStore(run, count) };
}

/** The reference's host-local. `folder` is free for its state. */
export function referenceLeases(folder: string): LeaseSide {
  const side = sideOf('reference', REFERENCE_FOLDER, {}, folder);
  return { ...side, hold: (count) => holdInFiles(join(folder, header.name), count) };
}

function holdInStore(run: string, count: number): void {
  const db = new Database(runDatabase(run), schema, false);
  db.transaction(() => {
    for (let at = 0; at < count; at++) holdOne(db, at);
    writeCursor(db, header.name, '10.88.0.1-10.88.255.254', heldAddress(count - 1));
  });
  db.close();
}

function holdOne(db: Database, at: number): void {
  const key = { network: header.name, container: `held-${at}`, ifname: 'eth0:ipam' };
  const id = endpointId(key);
  const none = { shares: undefined, bridge: undefined, mac: undefined, kept: undefined };
  const open = { ingress: undefined, walls: [], guard: undefined };
  insertEndpoint(db, {
    ...key,
    ...none,
    ...open,
    id,
    mode: 'lease',
    state: 'ready',
    netns: '/nothing/there',
    device: 0,
    inode: 0,
    isMasqueraded: false,
    attachment: '{"interfaces":[],"addresses":[],"routes":[]}',
    created: new Date().toISOString(),
  });
  const address = InterfaceAddress.of(heldAddress(at), 16);
  insertLease(db, { network: header.name, endpoint: id, address, gateway: undefined });
}

function holdInFiles(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let at = 0; at < count; at++)
    writeFileSync(join(folder, heldAddress(at).toString()), `held-${at}\r\neth0`);
  writeFileSync(join(folder, 'last_reserved_ip.0'), heldAddress(count - 1).toString());
}
