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

  static #isKept = false;
  static #kept: Host | undefined;

  /** From here on what is open stays open for the next call, in a process that stays; until `letGo`. */
  static keep(): void {
    Host.#isKept = true;
  }

  static letGo(): void {
    Host.#isKept = false;
    Host.#kept?.close();
    Host.#kept = undefined;
  }

  /** Runs `work` with the host that the environment describes, and closes what it opened unless that is to be kept. */
  static with<T>(env: NodeJS.ProcessEnv, work: (host: Host) => T): T {
    const host = Host.#take(placesFrom(env));
    let isWell = false;
    try {
      const outcome = work(host);
      isWell = true;
      return outcome;
    } finally {
      // After a failure nobody knows what is still on the way in a connection.
      if (Host.#isKept && isWell) Host.#putBack(host);
      else host.close();
    }
  }

  static #take(places: Places): Host {
    const kept = Host.#kept;
    Host.#kept = undefined;
    if (kept?.isFor(places) === true) return kept;
    kept?.close();
    return new Host(places);
  }

  static #putBack(host: Host): void {
    Host.#kept?.close();
    Host.#kept = host;
  }

  /** Tells whether it is the host with these places, and its store the one that is there: somebody may have emptied them. */
  private isFor({ run, state }: Places): boolean {
    return run === this.places.run && state === this.places.state && this.#db?.isInPlace() !== false;
  }

  private close(): void {
    for (const one of this.#open.reverse()) one.close();
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
    this.#firewall ??= new AddressFirewall(this.netfilter, this.places.run, recordOf(this.db));
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
