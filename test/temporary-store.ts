// A store of its own for each test, as a run directory holds one, and endpoints to put into it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Database } from '../state/database.ts';
import { endpointId } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { schema } from '../state/schema.ts';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsnet-store-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Opens the store at `path`, by default a new one, until the test is over. */
export function openStore(path = join(temporaryFolder(), 'state.db')): Database {
  const db = new Database(path, schema, false);
  onTestFinished(() => {
    db.close();
  });
  return db;
}

/** An endpoint on the bridge `br0` of the network `net`, as ADD records it. */
export function endpointOf(container: string, changes: Partial<Endpoint> = {}): Endpoint {
  const key = { network: 'net', container, ifname: 'eth0' };
  return {
    ...key,
    id: endpointId({ ...key, ...changes }),
    mode: 'bridge',
    state: 'adding',
    netns: `/run/netns/${container}`,
    device: 4,
    inode: 4026532000,
    shares: undefined,
    bridge: 'br0',
    mac: undefined,
    isMasqueraded: true,
    ingress: undefined,
    walls: [],
    guard: undefined,
    kept: undefined,
    attachment: undefined,
    created: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}
