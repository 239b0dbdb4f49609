// The host as the operations see it: its store, its kernel, its firewall. Each is opened when it is first needed.
import { join } from 'node:path';
import { AddressFirewall } from '../firewall/address-firewall.ts';
import { Firewall } from '../firewall/firewall.ts';
import type { Surroundings } from '../firewall/firewall.ts';
import { guardTable } from '../firewall/guard.ts';
import type { Guard } from '../firewall/guard.ts';
import { HERE } from '../native/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import type { Connection } from '../netlink/connection.ts';
import { leaveLink, LinkRemover, removeLink } from '../netlink/route/link-remover.ts';
import type { LinkKey } from '../netlink/route/link.ts';
import type { Namespace } from '../netns/namespace.ts';
import { Database } from '../state/database.ts';
import { makePrivate, placesFrom, runDatabase } from '../state/place.ts';
import type { Places } from '../state/place.ts';
import { schema } from '../state/schema.ts';
import { guardsOf } from './bridge/guard.ts';
import { Certainty } from './certainty.ts';
import { hostNetworks } from './host-networks.ts';
import { recordOf } from './intent.ts';

export class Host {
  static #isKept = false;
  static #kept: Host | undefined;
  static #spare: Connection | undefined;
  readonly places: Places;
  readonly certain = new Certainty();
  readonly #open: { close(): void }[] = [];
  /** Waits for what the kernel is doing. */
  #db: Database | undefined;
  #route: Connection | undefined;
  #aside: Connection | undefined;
  #remover: LinkRemover | undefined;
  #netfilter: Connection | undefined;
  #firewall: AddressFirewall | undefined;
  #guard: Firewall<Guard> | undefined;

  private constructor(places: Places) {
    this.places = places;
  }

  /** From here on what is open stays open for the next call, in a process that stays; until `letGo`. */
  static keep(): void {
    Host.#isKept = true;
  }

  /** Closes what was kept, when all calls have been served. */
  static letGo(): void {
    const kept = Host.#kept;
    Host.#isKept = false;
    Host.#kept = undefined;
    if (kept === undefined) return;
    if (kept.isInPlace()) kept.#db?.stopLogging();
    kept.close();
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
      else host.close(isWell);
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
    return run === this.places.run && state === this.places.state && this.isInPlace();
  }

  private isInPlace(): boolean {
    return this.#db?.isInPlace() !== false;
  }

  // Closing a connection to nf_tables waits until the kernel has freed what was deleted: a process that does not stay leaves
  // that to its end, when a child may still have it open (`removeLink`).
  private close(isWell = false): void {
    for (const one of this.#open.reverse()) one.close();
    if (isWell) Host.#spare ??= this.#netfilter;
    else this.#netfilter?.close();
  }

  /** The store of this boot. Throws TSNET_PERMISSION or TSNET_STATE. */
  get db(): Database {
    if (this.#db === undefined) {
      makePrivate(this.places.run);
      this.#db = this.#closeLater(new Database(runDatabase(this.places.run), schema, false));
      if (Host.#isKept) this.#db.startLogging();
    }
    return this.#db;
  }

  /** rtnetlink in the host's own namespace. */
  get route(): Connection {
    this.#route ??= this.#closeLater(openConnection(HERE, NETLINK.ROUTE));
    return this.#route;
  }

  /** The same once more, for what the kernel is left to work on while the other is used. */
  get aside(): Connection {
    this.#aside ??= this.#closeLater(openConnection(HERE, NETLINK.ROUTE));
    return this.#aside;
  }

  /**
   * Deletes a link of the host's own namespace, and returns when nobody sees it any more; that it is gone already is no
   * error. What the kernel does after that, a process that stays need not wait for. Throws KernelError.
   */
  removeLink(key: LinkKey): void {
    if (Host.#isKept) this.#removal.remove(key);
    else this.#leave(this.route, HERE, key);
  }

  /** The same inside a sandbox, which `inside` is a connection of. */
  removeLinkInside({ fd }: Namespace, inside: Connection, key: LinkKey): void {
    if (Host.#isKept) removeLink(inside, () => openConnection(fd, NETLINK.ROUTE), key);
    else this.#leave(inside, fd, key);
  }

  #leave(view: Connection, namespace: number, key: LinkKey): void {
    leaveLink(view, () => openConnection(namespace, NETLINK.ROUTE), key, this.#netfilter);
  }

  /** nf_tables and conntrack in the host's own namespace. */
  get netfilter(): Connection {
    this.#netfilter ??= Host.#spare ?? openConnection(HERE, NETLINK.NETFILTER);
    Host.#spare = undefined;
    return this.#netfilter;
  }

  /** Table inet tsnet in the host's own namespace. */
  get firewall(): AddressFirewall {
    this.#firewall ??= new AddressFirewall(
      this.netfilter,
      this.#besideTable,
      recordOf(this.db, () => hostNetworks(this.route)),
    );
    return this.#firewall;
  }

  /** Table bridge tsnet in the host's own namespace. */
  get guard(): Firewall<Guard> {
    this.#guard ??= new Firewall(guardTable, this.netfilter, this.#besideTable, guardsOf(this.db));
    return this.#guard;
  }

  get #besideTable(): Surroundings {
    return { runDirectory: this.places.run, facts: this.certain.facts };
  }

  /** The lock on what endpoints share: bridges. Shared for who uses them, exclusive for who takes them away. */
  get bridgeLock(): string {
    return join(this.places.run, 'bridge.lock');
  }

  get #removal(): LinkRemover {
    this.#remover ??= this.#closeLater(
      new LinkRemover(this.route, () => openConnection(HERE, NETLINK.ROUTE)),
    );
    return this.#remover;
  }

  #closeLater<T extends { close(): void }>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }
}
