// The rules that let the traffic of what is behind a device of the host pass a filter of somebody else. They are such as
// iptables can list and keep: it knows no ct expression, but its own conntrack match.
import { NFT_REG } from '../netlink/netfilter/constants.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { count } from '../netlink/netfilter/expr/counter.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { matchState } from '../netlink/netfilter/expr/xtables.ts';
import type { Expression, Rule } from '../netlink/netfilter/rule.ts';

const { R0 } = NFT_REG;

/** A rule with the comment that tells it from others. */
export interface NotedRule {
  readonly note: string;
  readonly expressions: Expression[];
}

const OURS = 'tsnet: ';

/** Tells whether a comment is that of a rule which tsnet has put into a chain of somebody else. */
export function isOurs(note: string | undefined): boolean {
  return note?.startsWith(OURS) === true;
}

/** The rules for a device. New connections to it pass only where they come by a published port. */
export function acceptRules(device: string): NotedRule[] {
  // As iptables writes a whole name: its NUL is compared, too.
  const name = compare('EQ', R0, Buffer.from(`${device}\0`));
  return [
    {
      note: `${OURS}from ${device}`,
      expressions: [loadMeta('IIFNAME', R0), name, count(), decide('accept')],
    },
    {
      note: `${OURS}answers and published ports to ${device}`,
      expressions: [
        loadMeta('OIFNAME', R0),
        name,
        matchState('RELATED', 'ESTABLISHED', 'DNAT'),
        count(),
        decide('accept'),
      ],
    },
  ];
}

/** A rule's comment, be it nft's or the match of that name which iptables-restore makes of it. */
export function noteOf({ comment, expressions }: Rule): string | undefined {
  if (comment !== undefined) return comment;
  for (const { kind, data } of expressions) {
    if (kind !== 'match' || data?.name !== 'comment') continue;
    const [text] = Buffer.from(data.info ?? [])
      .toString()
      .split('\0');
    return text;
  }
  return undefined;
}
