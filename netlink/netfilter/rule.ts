// Rules of nf_tables: expressions that run one behind the other.
import { attr, attrs, list, nested } from '../attributes.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { AnyRequest } from '../message.ts';
import { cstring, u64be } from '../scalar.ts';
import { tagged } from '../tagged.ts';
import type { Infer } from '../codec.ts';
import type { ChainKey } from './chain.ts';
import { NFTA_EXPR, NFTA_LIST, NFTA_RULE } from './constants.ts';
import { bitwise } from './expr/bitwise.ts';
import { cmp } from './expr/cmp.ts';
import { counter } from './expr/counter.ts';
import { ct } from './expr/ct.ts';
import { fib } from './expr/fib.ts';
import { immediate } from './expr/immediate.ts';
import { lookup } from './expr/lookup.ts';
import { masq } from './expr/masq.ts';
import { meta } from './expr/meta.ts';
import { nat } from './expr/nat.ts';
import { payload } from './expr/payload.ts';
import { range } from './expr/range.ts';
import { match, target } from './expr/xtables.ts';
import { familyNamed, familyOf, nameOf, nftRequest, ofAllFamilies } from './nfnetlink.ts';
import type { Table } from './nfnetlink.ts';
import type { TableName } from './table.ts';
import { comment } from './userdata.ts';

const expression = tagged(
  'expression',
  { kind: NFTA_EXPR.NAME, data: NFTA_EXPR.DATA },
  { bitwise, cmp, counter, ct, fib, immediate, lookup, masq, match, meta, nat, payload, range, target },
);

/** One expression of a rule; the files in expr/ make them. */
export type Expression = Infer<typeof expression>;

export const ruleAttributes = attrs('rule', {
  table: attr(NFTA_RULE.TABLE, cstring),
  chain: attr(NFTA_RULE.CHAIN, cstring),
  handle: attr(NFTA_RULE.HANDLE, u64be),
  expressions: list(NFTA_RULE.EXPRESSIONS, nested(NFTA_LIST.ELEM, expression)),
  position: attr(NFTA_RULE.POSITION, u64be),
  comment: attr(NFTA_RULE.USERDATA, comment),
});

/** Where in a chain a rule goes; a handle names another rule of the chain. */
export type RulePosition = 'first' | 'last' | { readonly before: bigint };

/** Asks for a rule at the end of a chain; the comment says what it is for. */
export function newRule(table: Table, chain: string, expressions: Expression[], note: string): AnyRequest {
  return putRule({ family: familyOf(table), table: nameOf(table), chain }, 'last', expressions, note);
}

/** Asks for a rule in a chain; refused with ENOENT when the rule that it is to stand before is not there. */
export function putRule(
  { family, table, chain }: ChainKey,
  position: RulePosition,
  expressions: Expression[],
  note: string,
): AnyRequest {
  const flags = position === 'last' ? NLM_F.CREATE | NLM_F.APPEND : NLM_F.CREATE;
  const value: Infer<typeof ruleAttributes> = { table, chain, expressions, comment: note };
  if (typeof position === 'object') value.position = position.before;
  return nftRequest('NEWRULE', `rule "${note}" in ${chain}`, flags, ruleAttributes, value, family);
}

/** Asks to delete a rule; refused with ENOENT when it is not there. */
export function deleteRule({ family, table, chain }: ChainKey, handle: bigint): AnyRequest {
  const value = { table, chain, handle };
  return nftRequest('DELRULE', `rule ${handle} in ${chain}`, 0, ruleAttributes, value, family);
}

/** A rule as the kernel shows it; only a comment in nft's form is one, iptables has an expression for its own. */
export interface Rule {
  readonly handle: bigint;
  readonly expressions: readonly Expression[];
  readonly comment: string | undefined;
}

/** The rules of a chain in their order; none when there is no such chain. */
export function listRules(connection: Connection, { family, table, chain }: ChainKey): Rule[] {
  const subject = `rules in ${chain}`;
  const request = nftRequest('GETRULE', subject, 0, ruleAttributes, { table, chain }, family);
  return connection.dump(request).flatMap(({ attributes }) => {
    const { handle, expressions = [], comment } = attributes;
    const isOfChain = attributes.table === table && attributes.chain === chain;
    return isOfChain && handle !== undefined ? [{ handle, expressions, comment }] : [];
  });
}

/** A rule with the chain that it is in. */
export interface PlacedRule extends Rule, ChainKey {}

/**
 * All rules of the families that tsnet knows, whoever made them, or of one table; those of a chain in their order. A table
 * that is not there has none.
 */
export function listAllRules(connection: Connection, table?: TableName): PlacedRule[] {
  const attributes = table === undefined ? {} : { table: table.name };
  const one = nftRequest('GETRULE', 'rules', 0, ruleAttributes, attributes, table?.family);
  const request = table === undefined ? ofAllFamilies(one) : one;
  return connection.dump(request).flatMap(({ header, attributes }) => {
    const { table, chain, handle, expressions = [], comment } = attributes;
    const family = familyNamed(header.family);
    return family === undefined || table === undefined || chain === undefined || handle === undefined
      ? []
      : [{ family, table, chain, handle, expressions, comment }];
  });
}
