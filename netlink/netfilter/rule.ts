// Rules of nf_tables: expressions that run one behind the other.
import { attr, attrs, list, nested } from '../attributes.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { AnyRequest } from '../message.ts';
import { cstring, u64be } from '../scalar.ts';
import { tagged } from '../tagged.ts';
import type { Infer } from '../codec.ts';
import { NFTA_EXPR, NFTA_LIST, NFTA_RULE } from './constants.ts';
import { bitwise } from './expr/bitwise.ts';
import { cmp } from './expr/cmp.ts';
import { ct } from './expr/ct.ts';
import { fib } from './expr/fib.ts';
import { immediate } from './expr/immediate.ts';
import { lookup } from './expr/lookup.ts';
import { match } from './expr/match.ts';
import { masq } from './expr/masq.ts';
import { meta } from './expr/meta.ts';
import { nat } from './expr/nat.ts';
import { payload } from './expr/payload.ts';
import type { ChainName } from './chain.ts';
import { nftRequest } from './nfnetlink.ts';
import { comment } from './userdata.ts';

const expression = tagged(
  'expression',
  { kind: NFTA_EXPR.NAME, data: NFTA_EXPR.DATA },
  { bitwise, cmp, ct, fib, immediate, lookup, masq, match, meta, nat, payload },
);

/** One expression of a rule; the files in expr/ make them. */
export type Expression = Infer<typeof expression>;

export const ruleAttributes = attrs('rule', {
  table: attr(NFTA_RULE.TABLE, cstring),
  chain: attr(NFTA_RULE.CHAIN, cstring),
  handle: attr(NFTA_RULE.HANDLE, u64be),
  expressions: list(NFTA_RULE.EXPRESSIONS, nested(NFTA_LIST.ELEM, expression)),
  comment: attr(NFTA_RULE.USERDATA, comment),
});

/** Asks for a rule at the end of a chain; the comment says what it is for. */
export function newRule(table: string, chain: string, expressions: Expression[], note: string): AnyRequest {
  return nftRequest('NEWRULE', `rule "${note}" in ${chain}`, NLM_F.CREATE | NLM_F.APPEND, ruleAttributes, {
    table,
    chain,
    expressions,
    comment: note,
  });
}

/** A rule as the kernel shows it; only a comment in nft's form is one, iptables has an expression for its own. */
export interface Rule {
  readonly handle: bigint;
  readonly expressions: readonly Expression[];
  readonly comment: string | undefined;
}

/** The rules of a chain in their order; none when there is no such chain. */
export function listRules(connection: Connection, { family, table, chain }: ChainName): Rule[] {
  const subject = `rules in ${chain}`;
  const request = nftRequest('GETRULE', subject, 0, ruleAttributes, { table, chain }, family);
  return connection.dump(request).flatMap(({ attributes }) => {
    const { handle, expressions = [], comment } = attributes;
    const isOfChain = attributes.table === table && attributes.chain === chain;
    return isOfChain && handle !== undefined ? [{ handle, expressions, comment }] : [];
  });
}

/** Asks to delete a rule; refused with ENOENT when it is gone. */
export function deleteRule({ family, table, chain }: ChainName, { handle }: Rule): AnyRequest {
  return nftRequest('DELRULE', `rule in ${chain}`, 0, ruleAttributes, { table, chain, handle }, family);
}
