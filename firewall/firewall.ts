// Keeps tsnet's table as the store says it should be.
import { join } from 'node:path';
import { log } from '../log/log.ts';
import type { Connection } from '../netlink/connection.ts';
import { isKernelError } from '../netlink/kernel-error.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { countRules } from '../netlink/netfilter/chain.ts';
import { commit } from '../netlink/netfilter/nfnetlink.ts';
import { deleteElements, hasElement, newElements } from '../netlink/netfilter/set.ts';
import { deleteTable } from '../netlink/netfilter/table.ts';
import { withLock } from '../state/lock.ts';
import { elementsOf } from './intent.ts';
import type { Intent } from './intent.ts';
import { baseTable, ruleCounts } from './ruleset.ts';
import { TABLE } from './sets.ts';

/** What the store wants in the table, at the moment of asking. */
export interface FirewallRecord {
  isEmpty(): boolean;
  intents(): Intent[];
}

/** The table in one network namespace. */
export class Firewall {
  readonly #connection: Connection;
  readonly #lock: string;
  readonly #record: FirewallRecord;

  constructor(connection: Connection, runDirectory: string, record: FirewallRecord) {
    this.#connection = connection;
    this.#lock = join(runDirectory, 'firewall.lock');
    this.#record = record;
  }

  /** Puts an endpoint's elements in, in one transaction. The store must have it on record already. */
  add(intent: Intent): void {
    this.#change(elementsOf([intent]).flatMap(({ set, elements }) => newElements(TABLE, set, elements)));
  }

  /** Takes an endpoint's elements out, in one transaction. The store must not have it on record any more. */
  remove(intent: Intent): void {
    this.#change(elementsOf([intent]).flatMap(({ set, elements }) => deleteElements(TABLE, set, elements)));
  }

  /** What is missing or wrong of an endpoint's part, in words. */
  missing(intent: Intent): string[] {
    const chains = damagedChains(this.#connection).map((name) => `rules in chain "${name}"`);
    const elements = elementsOf([intent])
      .filter(({ set, elements }) =>
        elements.some((element) => !hasElement(this.#connection, TABLE, set, element)),
      )
      .map(({ set }) => `its elements in set "${set.name}"`);
    return [...chains, ...elements];
  }

  /** Writes the whole table anew, as the store says: whatever nobody on record owns goes. */
  restore(): void {
    withLock(this.#lock, 'exclusive', () => {
      this.#rebuild();
    });
  }

  /** Throws KernelError when this kernel, or this user, can do nothing with nf_tables. */
  probe(): void {
    countRules(this.#connection, TABLE, 'postrouting');
  }

  /** Deletes the table when the store wants nothing in it. */
  tidy(): void {
    if (!this.#record.isEmpty()) return;
    withLock(this.#lock, 'exclusive', () => {
      if (this.#record.isEmpty()) this.#deleteTable();
    });
  }

  // The change of one endpoint needs no more than the table to stay; whoever writes the whole table is alone.
  #change(requests: readonly AnyRequest[]): void {
    const isDone = withLock(this.#lock, 'shared', () => this.#tryCommit(requests));
    if (isDone) return;
    withLock(this.#lock, 'exclusive', () => {
      if (!this.#tryCommit(requests)) this.#rebuild();
    });
  }

  // Refused so when the table is not what the store thinks: never made yet, or flushed or changed by somebody.
  #tryCommit(requests: readonly AnyRequest[]): boolean {
    // `nft flush table` takes the rules and leaves the sets: elements would go in and mean nothing. One chain stands
    // for all of them here; CHECK looks at each.
    if (!isWhole(this.#connection, 'postrouting')) return false;
    try {
      commit(this.#connection, requests);
      return true;
    } catch (error) {
      if (isKernelError(error, 'ENOENT', 'EEXIST', 'EBUSY')) return false;
      throw error;
    }
  }

  #rebuild(): void {
    const wanted = this.#record.intents();
    if (wanted.length === 0) {
      this.#deleteTable();
      return;
    }
    log('info', `table inet ${TABLE} was missing or changed: written anew`, () => ({
      endpoints: wanted.length,
    }));
    const elements = elementsOf(wanted).flatMap(({ set, elements }) => newElements(TABLE, set, elements));
    commit(this.#connection, [...baseTable(), ...elements]);
  }

  #deleteTable(): void {
    try {
      commit(this.#connection, [deleteTable(TABLE)]);
    } catch (error) {
      if (!isKernelError(error, 'ENOENT')) throw error;
    }
  }
}

type Chain = keyof typeof ruleCounts;

function isWhole(connection: Connection, chain: Chain): boolean {
  return countRules(connection, TABLE, chain) === ruleCounts[chain];
}

function damagedChains(connection: Connection): Chain[] {
  return (Object.keys(ruleCounts) as Chain[]).filter((chain) => !isWhole(connection, chain));
}
