// Keeps a table of tsnet's as the store says it should be.
import { join } from 'node:path';
import { log } from '../log/log.ts';
import type { Connection } from '../netlink/connection.ts';
import { isKernelError, KernelError } from '../netlink/kernel-error.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { countRules } from '../netlink/netfilter/chain.ts';
import { listRules } from '../netlink/netfilter/rule.ts';
import { commit, familyOf, nameOf, tableText } from '../netlink/netfilter/nfnetlink.ts';
import { deleteElements, flushSet, hasElement, newElements } from '../netlink/netfilter/set.ts';
import type { Rule } from '../netlink/netfilter/rule.ts';
import { deleteTable, hasTable } from '../netlink/netfilter/table.ts';
import { withLock } from '../state/lock.ts';
import type { SetElements, TableLayout } from './layout.ts';
import { preparedBase } from './prepared.ts';

/** What the store wants in a table, at the moment of asking. */
export interface FirewallRecord<Intent> {
  isEmpty(): boolean;
  intents(): Intent[];
}

/** What a table has beside it. */
export interface Surroundings {
  /** The folder of its lock. */
  readonly runDirectory: string;
  /** What this process is sure of, until whoever watches hears of a change by others and empties it. */
  readonly facts: Set<string>;
}

/** How often this process has written each table anew, by the table's name. */
export const rebuilds = new Map<string, number>();

/** A table in one network namespace; an Intent is what an endpoint wants of it. */
export class Firewall<Intent, Record extends FirewallRecord<Intent> = FirewallRecord<Intent>> {
  protected readonly connection: Connection;
  protected readonly record: Record;
  readonly #layout: TableLayout<Intent>;
  readonly #lock: string;
  readonly #facts: Set<string>;

  constructor(
    layout: TableLayout<Intent>,
    connection: Connection,
    { runDirectory, facts }: Surroundings,
    record: Record,
  ) {
    this.connection = connection;
    this.record = record;
    this.#layout = layout;
    this.#lock = join(runDirectory, 'firewall.lock');
    this.#facts = facts;
  }

  /** Family and name of the table. */
  get name(): string {
    return tableText(this.#layout.table);
  }

  /** Puts an endpoint's elements in, in one transaction. The store must have it on record already. */
  add(intent: Intent): void {
    this.#change(() => this.#additions(this.#layout.elementsOf([intent])));
  }

  /**
   * Takes an endpoint's elements out, in one transaction; with those of the last one goes the table. The store must not have it
   * on record any more.
   */
  remove(intent: Intent): void {
    if (!this.tidy()) this.#change(() => this.#deletions(this.#layout.elementsOf([intent])));
  }

  /** Makes those of an endpoint's possible elements be there that it wants now. The store must have it so already. */
  adjust(wanted: Intent, possible: Intent): void {
    const { elementsOf } = this.#layout;
    this.alone(() => {
      this.settleElements(elementsOf([wanted]), elementsOf([possible]));
    });
  }

  /** What is missing or wrong of an endpoint's part, in words. */
  missing(intent: Intent): string[] {
    return this.missingElements(this.#layout.elementsOf([intent]));
  }

  /** Writes the whole table anew, as the store says: whatever nobody on record owns goes. */
  restore(): void {
    withLock(this.#lock, 'exclusive', () => {
      this.rebuild();
    });
  }

  /** Throws KernelError when this kernel, or this user, can do nothing with nf_tables. */
  probe(): void {
    const { table, sentinel } = this.#layout;
    countRules(this.connection, table, sentinel);
  }

  /** Tells whether the table is missing or has lost its rules although the store wants something in it. */
  isDamaged(): boolean {
    return !this.record.isEmpty() && !this.#isWhole(this.#layout.sentinel);
  }

  /** What is missing or wrong of all that the store wants in the table, in words. */
  damage(): string[] {
    if (this.record.isEmpty()) return [];
    const wanted = [...this.#layout.elementsOf(this.record.intents()), ...this.sharedElements()];
    return wanted.length === 0 ? [] : this.missingElements(wanted);
  }

  /** Deletes the table when the store wants nothing in it, and tells whether that is so. */
  tidy(): boolean {
    if (!this.record.isEmpty()) return false;
    return withLock(this.#lock, 'exclusive', () => {
      const isEmpty = this.record.isEmpty();
      if (isEmpty) this.#deleteTable();
      return isEmpty;
    });
  }

  /** The elements that endpoints share, beside those of each; none in most tables. */
  protected sharedElements(): SetElements[] {
    return [];
  }

  /** Does what nobody else may interfere with. */
  protected alone(work: () => void): void {
    withLock(this.#lock, 'exclusive', work);
  }

  /** Of the elements that may be there, makes those be there that are wanted, and no others. Only when alone. */
  protected settleElements(wanted: readonly SetElements[], possible: readonly SetElements[]): void {
    const isThere = ({ set, elements }: SetElements): boolean =>
      elements.every((element) => hasElement(this.connection, this.#layout.table, set, element));
    const surplus = possible.filter(({ set }) => !wanted.some((one) => one.set === set)).filter(isThere);
    const lacking = wanted.filter((one) => !isThere(one));
    const requests = [...this.#additions(lacking), ...this.#deletions(surplus)];
    if (requests.length > 0 && !this.#tryCommit(() => requests)) this.rebuild();
  }

  /** Makes these elements be in their sets, and no others. Only when alone. */
  protected refill(wanted: readonly SetElements[]): void {
    const flushes = wanted.map(({ set }) => flushSet(this.#layout.table, set));
    if (!this.#tryCommit(() => [...flushes, ...this.#additions(wanted)])) this.rebuild();
  }

  /** What is missing or wrong of elements and of the rules that look them up, in words. */
  protected missingElements(wanted: readonly SetElements[]): string[] {
    const { table, ruleCounts, targetRuleCounts = {} } = this.#layout;
    const damaged = [
      ...Object.keys(ruleCounts).filter((chain) => !this.#isWhole(chain)),
      ...Object.entries(targetRuleCounts).flatMap(([chain, count]) =>
        this.#listRules(chain).length === count ? [] : [chain],
      ),
    ];
    const chains = damaged.map((name) => `rules in chain "${name}"`);
    const elements = wanted
      .filter(({ set, elements }) =>
        elements.some((element) => !hasElement(this.connection, table, set, element)),
      )
      .map(({ set }) => `its elements in set "${set.name}"`);
    return [...chains, ...elements].map(
      (what) => `${what} of table ${tableText(table)} are missing or wrong`,
    );
  }

  /** Writes the whole table anew. Only when alone. */
  protected rebuild(): void {
    const wanted = this.record.intents();
    const shared = this.sharedElements();
    if (wanted.length === 0 && shared.length === 0) {
      this.#deleteTable();
      return;
    }
    const { table, elementsOf } = this.#layout;
    log('info', `table ${tableText(table)} was missing or changed: written anew`, () => ({
      endpoints: wanted.length,
    }));
    rebuilds.set(this.name, (rebuilds.get(this.name) ?? 0) + 1);
    this.#write(this.#additions([...elementsOf(wanted), ...shared]));
  }

  #write(elements: readonly AnyRequest[]): void {
    const prepared = preparedBase(this.#layout);
    try {
      if (prepared !== undefined) {
        commit(this.connection, [...prepared, ...elements]);
        return;
      }
    } catch (error) {
      // What it was that the kernel refused is told by the requests as they are.
      if (!(error instanceof KernelError)) throw error;
    }
    commit(this.connection, [...this.#layout.base(), ...elements]);
  }

  // The change of one endpoint needs no more than the table to stay; whoever writes the whole table is alone.
  #change(requests: () => readonly AnyRequest[]): void {
    const isDone = withLock(this.#lock, 'shared', () => this.#tryCommit(requests));
    if (isDone) return;
    withLock(this.#lock, 'exclusive', () => {
      if (!this.#tryCommit(requests)) this.rebuild();
    });
  }

  // Refused so when the table is not what the store thinks: never made yet, or flushed or changed by somebody.
  #tryCommit(requests: () => readonly AnyRequest[]): boolean {
    // `nft flush table` takes the rules and leaves the sets: elements would go in and mean nothing. One chain stands
    // for all of them here; CHECK looks at each.
    const isWhole = `table ${this.name} is whole`;
    if (!this.#facts.has(isWhole) && !this.#isWhole(this.#layout.sentinel)) return false;
    try {
      commit(this.connection, requests());
      this.#facts.add(isWhole);
      return true;
    } catch (error) {
      this.#facts.delete(isWhole);
      if (isKernelError(error, 'ENOENT', 'EEXIST', 'EBUSY')) return false;
      throw error;
    }
  }

  #additions(wanted: readonly SetElements[]): AnyRequest[] {
    return wanted.flatMap(({ set, elements }) => newElements(this.#layout.table, set, elements));
  }

  #deletions(unwanted: readonly SetElements[]): AnyRequest[] {
    return unwanted.flatMap(({ set, elements }) => deleteElements(this.#layout.table, set, elements));
  }

  #isWhole(chain: string): boolean {
    const { table, ruleCounts } = this.#layout;
    return countRules(this.connection, table, chain) === ruleCounts[chain];
  }

  #listRules(chain: string): Rule[] {
    const { table } = this.#layout;
    return listRules(this.connection, { family: familyOf(table), table: nameOf(table), chain });
  }

  // A transaction that is refused has the kernel wait for a grace period: 12 to 30 ms (Linux 6.18).
  #deleteTable(): void {
    if (!hasTable(this.connection, this.#layout.table)) return;
    try {
      commit(this.connection, [deleteTable(this.#layout.table)]);
    } catch (error) {
      if (!isKernelError(error, 'ENOENT')) throw error;
    }
  }
}
