// A namespace that is listened to: a table of tsnet's own marks the packets, and the kernel tells what becomes of them.
import type { Connection } from '../../netlink/connection.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { listChains, newChain } from '../../netlink/netfilter/chain.ts';
import type { Chain, Hook } from '../../netlink/netfilter/chain.ts';
import { NF_INET, NFNLGRP } from '../../netlink/netfilter/constants.ts';
import { commit } from '../../netlink/netfilter/nfnetlink.ts';
import type { TableFamily } from '../../netlink/netfilter/nfnetlink.ts';
import { listAllRules, newRule } from '../../netlink/netfilter/rule.ts';
import type { PlacedRule } from '../../netlink/netfilter/rule.ts';
import { newOwnTable } from '../../netlink/netfilter/table.ts';
import { readTrace } from '../../netlink/netfilter/trace.ts';
import type { TraceEvent } from '../../netlink/netfilter/trace.ts';
import { listLinks } from '../../netlink/route/link.ts';
import { Subscription } from '../../netlink/subscription.ts';
import { traced } from './match.ts';
import type { Match } from './match.ts';

/** Before and behind all others, connection tracking included. */
const PRIORITY = { begin: -2_000_000_000, end: 2_000_000_000 } as const;
const HOOKS = ['PRE_ROUTING', 'LOCAL_IN', 'FORWARD', 'LOCAL_OUT', 'POST_ROUTING'] as const;
/** Where packets come into a namespace, and are marked. */
const ENTRANCES: readonly Hook['hook'][] = ['PRE_ROUTING', 'LOCAL_OUT'];
const NAMES: Record<Hook['hook'], string> = {
  PRE_ROUTING: 'prerouting',
  LOCAL_IN: 'input',
  FORWARD: 'forward',
  LOCAL_OUT: 'output',
  POST_ROUTING: 'postrouting',
};

/** The name of a hook in nft's words, by its number. */
export function hookName(number: number): string {
  const hook = HOOKS.find((one) => NF_INET[one] === number);
  return hook === undefined ? `hook ${number}` : NAMES[hook];
}

function tableIn(family: TableFamily, matches: readonly Match[]) {
  // Of the process: several may look at the same time, and no one may change the table of another.
  const table = { family, name: `tsnet-trace-${process.pid}` };
  return HOOKS.flatMap((hook) => {
    const begin = `${NAMES[hook]}-begin`;
    const isEntrance = ENTRANCES.includes(hook);
    return [
      newChain(table, begin, { type: 'filter', hook, priority: PRIORITY.begin }),
      newChain(table, `${NAMES[hook]}-end`, { type: 'filter', hook, priority: PRIORITY.end }),
      ...(isEntrance ? matches : []).map((match) =>
        newRule(table, begin, traced(family, match), 'tsnet trace'),
      ),
    ];
  }).toSpliced(0, 0, newOwnTable(table));
}

/** A namespace under watch, with all rules that there are in it. */
export class Watch {
  readonly where: string;
  /** The path of the namespace, where it is not the host's. */
  readonly netns: string | undefined;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly rules: ReadonlyMap<string, PlacedRule>;
  readonly devices: ReadonlyMap<number, string>;
  /** For routes and neighbours. */
  readonly route: Connection;
  readonly #netfilter: Connection;
  readonly #events: Subscription;
  readonly #seen: TraceEvent[] = [];
  #isWhole = true;

  /** Begins in `namespace` (a descriptor, or HERE). Throws KernelError, on kernels before 5.12 among others. */
  constructor(where: string, netns: string | undefined, namespace: number, matches: readonly Match[]) {
    this.where = where;
    this.netns = netns;
    this.#netfilter = openConnection(namespace, NETLINK.NETFILTER);
    this.route = openConnection(namespace, NETLINK.ROUTE);
    this.#events = new Subscription(NETLINK.NETFILTER, [NFNLGRP.NFTRACE], namespace);
    try {
      commit(this.#netfilter, tableIn('inet', matches));
      this.#watchFrames(matches);
      this.chains = new Map(listChains(this.#netfilter).map((one) => [chainKey(one), one]));
      this.rules = new Map(listAllRules(this.#netfilter).map((one) => [ruleKey(one, one.handle), one]));
      this.devices = new Map(listLinks(this.route).map(({ index, ifname }) => [index, ifname]));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Becomes readable when there is something to read. */
  get fd(): number {
    return this.#events.fd;
  }

  /** Whether nothing was lost on the way from the kernel. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** All that has been seen by now, in its order. */
  read(): readonly TraceEvent[] {
    const messages = this.#events.read();
    if (messages === undefined) this.#isWhole = false;
    this.#seen.push(...(messages ?? []).flatMap((message) => readTrace(message) ?? []));
    return this.#seen;
  }

  /** Ends the watch; the tables go with the socket. */
  close(): void {
    this.#events.close();
    this.route.close();
    this.#netfilter.close();
  }

  // A kernel without tables of family bridge has no rules there either.
  #watchFrames(matches: readonly Match[]): void {
    try {
      commit(this.#netfilter, tableIn('bridge', matches));
    } catch (error) {
      if (!isKernelError(error, 'EOPNOTSUPP', 'EAFNOSUPPORT', 'ENOENT')) throw error;
    }
  }
}

/** What a chain is found by. */
export function chainKey({ family, table, chain }: Pick<Chain, 'family' | 'table' | 'chain'>): string {
  return `${family} ${table} ${chain}`;
}

/** What a rule is found by. */
export function ruleKey(chain: Pick<Chain, 'family' | 'table' | 'chain'>, handle: bigint): string {
  return `${chainKey(chain)} ${handle}`;
}
