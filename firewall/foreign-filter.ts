// Where a filter of somebody else lets others put rules of theirs: Docker, ufw, the CNI plugin `firewall`.
//
// All three are made with iptables, in the tables ip filter and ip6 filter. Those of iptables-legacy cannot be seen here.
import { NFT_VERDICT } from '../netlink/netfilter/constants.ts';
import type { Connection } from '../netlink/connection.ts';
import { findChain } from '../netlink/netfilter/chain.ts';
import type { ChainKey } from '../netlink/netfilter/chain.ts';
import { listRules } from '../netlink/netfilter/rule.ts';
import type { Rule } from '../netlink/netfilter/rule.ts';
import { refusesAll } from './verdicts.ts';

export const filterFamilies = ['ip', 'ip6'] as const;
export type FilterFamily = (typeof filterFamilies)[number];

/** The chain that the reference plugin `firewall` makes and calls first; ours where nobody else offers one. */
export const CNI_FORWARD = 'CNI-FORWARD';

// The one called first stands first.
const offered: Record<FilterFamily, readonly string[]> = {
  ip: ['DOCKER-USER', 'ufw-user-forward', CNI_FORWARD],
  ip6: ['DOCKER-USER', 'ufw6-user-forward', CNI_FORWARD],
};

/** A chain of a filter, with its rules. */
export interface FilterChain {
  readonly key: ChainKey;
  readonly rules: readonly Rule[];
  /** What the chain itself has as comment: whose it is. */
  readonly comment: string | undefined;
}

/** A filter of somebody else that forwarded packets pass. */
export interface ForeignFilter {
  readonly forward: FilterChain;
  /** It refuses what no rule lets pass. */
  readonly isRefusing: boolean;
  /** The chains that take rules of others, by name. */
  readonly chains: ReadonlyMap<string, FilterChain>;
  /** The one of them where ours belong; undefined where the filter lets all pass and offers none. */
  readonly target: string | undefined;
}

/** A chain of the table `filter`. */
export function filterKey(family: FilterFamily, chain: string): ChainKey {
  return { family, table: 'filter', chain };
}

/** A chain in the words of nft. */
export function nameOf({ family, table, chain }: ChainKey): string {
  return `chain ${chain} of table ${family} ${table}`;
}

/** Looks at the filter of a family; undefined when there is none. */
export function lookAt(connection: Connection, family: FilterFamily): ForeignFilter | undefined {
  const read = (name: string) => {
    const key = filterKey(family, name);
    const found = findChain(connection, key);
    return found && { key, rules: listRules(connection, key), comment: found.comment, found };
  };
  const forward = read('FORWARD');
  if (forward === undefined) return undefined;
  const chains = offered[family].flatMap((name) => read(name) ?? []);
  // A chain's count is of its rules and of those that lead to it: one that nobody calls is no use.
  const called = chains.find(
    ({ key, rules, found }) => key.chain === CNI_FORWARD || (found.rules ?? 0) > rules.length,
  );
  const isRefusing = forward.found.policy === NFT_VERDICT.DROP || forward.rules.some(refusesAll);
  return {
    forward,
    isRefusing,
    chains: new Map(chains.map((chain) => [chain.key.chain, chain])),
    target: called?.key.chain ?? (isRefusing ? CNI_FORWARD : undefined),
  };
}
