// The packet filter as other programs have filled it: what is looked up of it, each thing once.
import type { Ip } from '../../address/index.ts';
import type { Connection } from '../../netlink/connection.ts';
import { deleteChain, findChain } from '../../netlink/netfilter/chain.ts';
import type { ChainKey } from '../../netlink/netfilter/chain.ts';
import { NFT_PAYLOAD, NFT_CMP, NFT_VERDICT } from '../../netlink/netfilter/constants.ts';
import { loadDestination, loadSource } from '../../netlink/netfilter/expr/payload.ts';
import { deleteRule, listRules } from '../../netlink/netfilter/rule.ts';
import type { Rule } from '../../netlink/netfilter/rule.ts';
import { listTables } from '../../netlink/netfilter/table.ts';
import type { AnyRequest } from '../../netlink/message.ts';

/** The tables that the reference plugins use, iptables-nft's own and those of their nftables backends. */
const TABLES = [
  'ip nat',
  'ip6 nat',
  'ip filter',
  'ip6 filter',
  'inet cni_plugins_masquerade',
  'ip cni_hostport',
  'ip6 cni_hostport',
];

/** What others have in the packet filter, at one moment. */
export class Ruleset {
  readonly #connection: Connection;
  readonly #tables: ReadonlySet<string>;
  readonly #rules = new Map<string, Rule[]>();

  constructor(connection: Connection) {
    this.#connection = connection;
    const names = listTables(connection).map(({ family, name }) => `${family} ${name}`);
    this.#tables = new Set(names.filter((name) => TABLES.includes(name)));
  }

  /** Whether there is no table in which the reference could have left anything. */
  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** Tells whether there is such a chain. */
  has(chain: ChainKey): boolean {
    return this.#hasTable(chain) && findChain(this.#connection, chain) !== undefined;
  }

  /** The rules of a chain; none when there is no such chain. */
  rules(chain: ChainKey): Rule[] {
    if (!this.#hasTable(chain)) return [];
    const name = `${chain.family} ${chain.table} ${chain.chain}`;
    const rules = this.#rules.get(name) ?? listRules(this.#connection, chain);
    this.#rules.set(name, rules);
    return rules;
  }

  /** Asks to delete those rules of a chain that `isMeant` picks. */
  without(chain: ChainKey, isMeant: (rule: Rule) => boolean): AnyRequest[] {
    return this.rules(chain)
      .filter(isMeant)
      .map((rule) => deleteRule(chain, rule.handle));
  }

  /** Asks to delete a chain and the jumps to it in `from`, a chain of the same table. */
  withoutChain(chain: ChainKey, from: string): AnyRequest[] {
    if (!this.has(chain)) return [];
    const jumps = this.without({ ...chain, chain: from }, (rule) => jumpOf(rule) === chain.chain);
    return [...jumps, deleteChain(chain)];
  }

  #hasTable({ family, table }: ChainKey): boolean {
    return this.#tables.has(`${family} ${table}`);
  }
}

/** The chain that a rule jumps to. */
export function jumpOf({ expressions }: Rule): string | undefined {
  for (const { kind, data } of expressions) {
    if (kind === 'immediate' && data?.data?.verdict?.code === NFT_VERDICT.JUMP)
      return data.data.verdict.chain;
  }
  return undefined;
}

/** Tells whether a rule accepts packets that come from, or go to, exactly this address. */
export function acceptsOf({ expressions }: Rule, ip: Ip): boolean {
  const isAccepted = expressions.some(
    ({ kind, data }) => kind === 'immediate' && data?.data?.verdict?.code === NFT_VERDICT.ACCEPT,
  );
  return isAccepted && expressions.some((_, at) => isCompared(expressions.slice(at, at + 2), ip));
}

function isCompared([load, comparison]: Rule['expressions'], ip: Ip): boolean {
  if (load?.kind !== 'payload' || comparison?.kind !== 'cmp') return false;
  const isAddress = [loadSource(ip.family, 0), loadDestination(ip.family, 0)].some(
    ({ data }) => data.offset === load.data?.offset && data.length === load.data.length,
  );
  const value = comparison.data?.data?.value;
  return (
    isAddress &&
    load.data?.base === NFT_PAYLOAD.NETWORK_HEADER &&
    comparison.data?.operation === NFT_CMP.EQ &&
    value !== undefined &&
    Buffer.compare(value, ip.toBytes()) === 0
  );
}

/** The comment of a rule, be it nft's or iptables' (struct xt_comment_info, linux/netfilter/xt_comment.h). */
export function commentOf({ comment, expressions }: Rule): string | undefined {
  if (comment !== undefined) return comment;
  for (const { kind, data } of expressions) {
    if (kind !== 'match' || data?.name !== 'comment' || data.info === undefined) continue;
    const text = Buffer.from(data.info).toString();
    return text.split('\0', 1)[0];
  }
  return undefined;
}
