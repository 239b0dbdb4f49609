// The host as the operations see it: its store, its kernel, its firewall. Each is opened when it is first needed.
import { join } from 'node:path';
import { AddressFirewall } from '../firewall/address-firewall.ts';
import { Firewall } from '../firewall/firewall.ts';
import { guardTable } from '../firewall/guard.ts';
import type { Guard } from '../firewall/guard.ts';
import { HERE } from '../native/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import type { Connection } from '../netlink/connection.ts';
import { Database } from '../state/database.ts';
import { makePrivate, placesFrom, runDatabase } from '../state/place.ts';
import type { Places } from '../state/place.ts';
import { schema } from '../state/schema.ts';
import { guardsOf } from './bridge/guard.ts';
import { hostNetworks } from './host-networks.ts';
import { recordOf } from './intent.ts';

export class Host {
  readonly places: Places;
  readonly #open: { close(): void }[] = [];
  #db: Database | undefined;
  #route: Connection | undefined;
  #netfilter: Connection | undefined;
  #firewall: AddressFirewall | undefined;
  #guard: Firewall<Guard> | undefined;

  private constructor(places: Places) {
    this.places = places;
  }

  /** Runs `work` with the host that the environment describes, and closes what it opened. */
  static with<T>(env: NodeJS.ProcessEnv, work: (host: Host) => T): T {
    const host = new Host(placesFrom(env));
    try {
      return work(host);
    } finally {
      for (const one of host.#open.reverse()) one.close();
    }
  }

  /** The store of this boot. Throws TSNET_PERMISSION or TSNET_STATE. */
  get db(): Database {
    if (this.#db === undefined) {
      makePrivate(this.places.run);
      this.#db = this.#closeLater(new Database(runDatabase(this.places.run), schema, false));
    }
    return this.#db;
  }

  /** rtnetlink in the host's own namespace. */
  get route(): Connection {
    this.#route ??= this.#closeLater(openConnection(HERE, NETLINK.ROUTE));
    return this.#route;
  }

  /** nf_tables and conntrack in the host's own namespace. */
  get netfilter(): Connection {
    this.#netfilter ??= this.#closeLater(openConnection(HERE, NETLINK.NETFILTER));
    return this.#netfilter;
  }

  /** Table inet tsnet in the host's own namespace. */
  get firewall(): AddressFirewall {
    this.#firewall ??= new AddressFirewall(
      this.netfilter,
      this.places.run,
      recordOf(this.db, () => hostNetworks(this.route)),
    );
    return this.#firewall;
  }

  /** Table bridge tsnet in the host's own namespace. */
  get guard(): Firewall<Guard> {
    this.#guard ??= new Firewall(guardTable, this.netfilter, this.places.run, guardsOf(this.db));
    return this.#guard;
  }

  /** The lock on what endpoints share: bridges. Shared for who uses them, exclusive for who takes them away. */
  get bridgeLock(): string {
    return join(this.places.run, 'bridge.lock');
  }

  #closeLater<T extends { close(): void }>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }
}
