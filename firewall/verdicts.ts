// What a rule of somebody else does with every packet that comes to it.
import { NFT_VERDICT } from '../netlink/netfilter/constants.ts';
import type { Rule } from '../netlink/netfilter/rule.ts';

/** The chain that a rule sends packets to. */
export function jumpOf({ expressions }: Rule): string | undefined {
  return expressions.flatMap(({ kind, data }) =>
    kind === 'immediate' ? (data?.data?.verdict?.chain ?? []) : [],
  )[0];
}

// Of a rule with conditions nothing can be said of every packet.
function outcomeOf({ expressions }: Rule): 'refuse' | 'return' | undefined {
  let outcome: 'refuse' | 'return' | undefined;
  for (const { kind, data } of expressions) {
    if (kind === 'counter' || (kind === 'match' && data?.name === 'comment')) continue;
    const code = kind === 'immediate' ? data?.data?.verdict?.code : undefined;
    const isRejected = kind === 'other:reject' || (kind === 'target' && data?.name === 'REJECT');
    if (isRejected || code === NFT_VERDICT.DROP) outcome = 'refuse';
    else if (code === NFT_VERDICT.RETURN) outcome = 'return';
    else return undefined;
  }
  return outcome;
}

/** Tells whether a rule drops or rejects every packet. */
export function refusesAll(rule: Rule): boolean {
  return outcomeOf(rule) === 'refuse';
}

/** Tells whether a rule ends its chain for every packet, as the last one of DOCKER-USER does. */
export function returnsAll(rule: Rule): boolean {
  return outcomeOf(rule) === 'return';
}
