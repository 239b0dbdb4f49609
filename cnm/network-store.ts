// Where networks are kept, and what their endpoints are called.
import { join } from 'node:path';
import { Database } from '../state/database.ts';
import { networkSchema } from '../state/network.ts';
import type { Network } from '../state/network.ts';
import { isStoreAt, makePrivate } from '../state/place.ts';
import type { Host } from './host.ts';

const fileOf = ({ places }: Host): string => join(places.state, 'networks.db');

/** Tells whether anybody has asked for networks yet. */
export function hasNetworks(host: Host): boolean {
  return isStoreAt(fileOf(host));
}

/** Opens the durable store for `work`. */
export function withNetworks<T>(host: Host, work: (db: Database) => T): T {
  makePrivate(host.places.state);
  const db = new Database(fileOf(host), networkSchema, true);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The name that endpoints of a network carry in the store: no CNI network can have it, for its colon. */
export function endpointNetwork({ name }: Pick<Network, 'name'>): string {
  return `tsnet:${name}`;
}
