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
import type { Intent, SetElements } from './intent.ts';
import { ADMIN_CHAIN, missingForwarding, syncForwarding } from './forwarding.ts';
import { guardElements } from './ingress.ts';
import type { DevicePolicy } from './ingress.ts';
import { filtersOutOfReach } from './out-of-reach.ts';
import { baseTable, ruleCounts } from './ruleset.ts';
import { TABLE } from './sets.ts';

/** What the store wants in the table, at the moment of asking. */
export interface FirewallRecord {
  isEmpty(): boolean;
  intents(): Intent[];
  /** What is wanted for a device of the host, or for all of them; each policy once. */
  policies(device?: string): DevicePolicy[];
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
    this.#change(additions(elementsOf([intent])));
  }

  /** Takes an endpoint's elements out, in one transaction. The store must not have it on record any more. */
  remove(intent: Intent): void {
    this.#change(deletions(elementsOf([intent])));
  }

  /** What is missing or wrong of an endpoint's part, in words. */
  missing(intent: Intent): string[] {
    return this.#missingElements(elementsOf([intent]));
  }

  /**
   * Makes what all behind a device of the host share as the store says: who may call it, and accept rules where a filter of
   * somebody else would drop its traffic. Where none is, nothing is done.
   */
  settle(device: string, adminChain = ADMIN_CHAIN): void {
    withLock(this.#lock, 'exclusive', () => {
      const policies = this.#record.policies(device);
      this.#guard(device, policies);
      const devices = policies.length > 0 ? [device] : [];
      syncForwarding(this.#connection, { about: device, devices, adminChain });
    });
    log('info', 'filters of others were looked at', () => ({
      device,
      outOfReach: filtersOutOfReach(this.#connection),
    }));
  }

  /** What is missing or wrong of what all behind a device share, in words. */
  unsettled(device: string): string[] {
    const guards = guardElements(this.#record.policies(device));
    const missing = guards.length === 0 ? [] : this.#missingElements(guards);
    return [...missing, ...missingForwarding(this.#connection, device)];
  }

  /** Writes the whole table anew, as the store says: whatever nobody on record owns goes. */
  restore(): void {
    withLock(this.#lock, 'exclusive', () => {
      this.#rebuild();
      const devices = [...new Set(this.#record.policies().map(({ device }) => device))];
      syncForwarding(this.#connection, { devices, adminChain: ADMIN_CHAIN });
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

  // Under the exclusive lock, so nobody comes or goes between looking and doing.
  #guard(device: string, policies: readonly DevicePolicy[]): void {
    const isThere = ({ set, elements }: SetElements): boolean =>
      elements.every((element) => hasElement(this.#connection, TABLE, set, element));
    const wanted = guardElements(policies);
    const all = guardElements([{ device, ingress: 'same-bridge' }]);
    const surplus = all.filter(({ set }) => !wanted.some((one) => one.set === set)).filter(isThere);
    const requests = [...additions(wanted.filter((one) => !isThere(one))), ...deletions(surplus)];
    if (requests.length > 0 && !this.#tryCommit(requests)) this.#rebuild();
  }

  #missingElements(wanted: readonly SetElements[]): string[] {
    const chains = damagedChains(this.#connection).map((name) => `rules in chain "${name}"`);
    const elements = wanted
      .filter(({ set, elements }) =>
        elements.some((element) => !hasElement(this.#connection, TABLE, set, element)),
      )
      .map(({ set }) => `its elements in set "${set.name}"`);
    return [...chains, ...elements].map((what) => `${what} of table inet ${TABLE} are missing or wrong`);
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
    const guards = guardElements(this.#record.policies());
    if (wanted.length === 0 && guards.length === 0) {
      this.#deleteTable();
      return;
    }
    log('info', `table inet ${TABLE} was missing or changed: written anew`, () => ({
      endpoints: wanted.length,
    }));
    commit(this.#connection, [...baseTable(), ...additions(elementsOf(wanted)), ...additions(guards)]);
  }

  #deleteTable(): void {
    try {
      commit(this.#connection, [deleteTable(TABLE)]);
    } catch (error) {
      if (!isKernelError(error, 'ENOENT')) throw error;
    }
  }
}

function additions(wanted: readonly SetElements[]): AnyRequest[] {
  return wanted.flatMap(({ set, elements }) => newElements(TABLE, set, elements));
}

function deletions(unwanted: readonly SetElements[]): AnyRequest[] {
  return unwanted.flatMap(({ set, elements }) => deleteElements(TABLE, set, elements));
}

type Chain = keyof typeof ruleCounts;

function isWhole(connection: Connection, chain: Chain): boolean {
  return countRules(connection, TABLE, chain) === ruleCounts[chain];
}

function damagedChains(connection: Connection): Chain[] {
  return (Object.keys(ruleCounts) as Chain[]).filter((chain) => !isWhole(connection, chain));
}
