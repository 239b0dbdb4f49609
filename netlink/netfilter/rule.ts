// Rules of nf_tables: expressions that run one behind the other.
import { attr, attrs, list, nested } from '../attributes.ts';
import { NLM_F } from '../message.ts';
import type { AnyRequest } from '../message.ts';
import { cstring } from '../scalar.ts';
import { tagged } from '../tagged.ts';
import type { Infer } from '../codec.ts';
import { NFTA_EXPR, NFTA_LIST, NFTA_RULE } from './constants.ts';
import { bitwise } from './expr/bitwise.ts';
import { cmp } from './expr/cmp.ts';
import { ct } from './expr/ct.ts';
import { fib } from './expr/fib.ts';
import { immediate } from './expr/immediate.ts';
import { lookup } from './expr/lookup.ts';
import { masq } from './expr/masq.ts';
import { meta } from './expr/meta.ts';
import { nat } from './expr/nat.ts';
import { payload } from './expr/payload.ts';
import { familyOf, nameOf, nftRequest } from './nfnetlink.ts';
import type { Table } from './nfnetlink.ts';
import { comment } from './userdata.ts';

const expression = tagged(
  'expression',
  { kind: NFTA_EXPR.NAME, data: NFTA_EXPR.DATA },
  { bitwise, cmp, ct, fib, immediate, lookup, masq, meta, nat, payload },
);

/** One expression of a rule; the files in expr/ make them. */
export type Expression = Infer<typeof expression>;

export const ruleAttributes = attrs('rule', {
  table: attr(NFTA_RULE.TABLE, cstring),
  chain: attr(NFTA_RULE.CHAIN, cstring),
  expressions: list(NFTA_RULE.EXPRESSIONS, nested(NFTA_LIST.ELEM, expression)),
  comment: attr(NFTA_RULE.USERDATA, comment),
});

/** Asks for a rule at the end of a chain; the comment says what it is for. */
export function newRule(table: Table, chain: string, expressions: Expression[], note: string): AnyRequest {
  const flags = NLM_F.CREATE | NLM_F.APPEND;
  const attributes = { table: nameOf(table), chain, expressions, comment: note };
  return nftRequest(
    'NEWRULE',
    `rule "${note}" in ${chain}`,
    flags,
    ruleAttributes,
    attributes,
    familyOf(table),
  );
}
