import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, anyOf, anyS32, anyText, anyU32, anyU64 } from '../../test/arbitrary.ts';
import { attributeLaws } from '../../test/codec-laws.ts';
import { encodeMessage, locateField } from '../message.ts';
import { NFT_REG } from './constants.ts';
import { decide } from './expr/immediate.ts';
import { inSet } from './expr/lookup.ts';
import { loadMeta } from './expr/meta.ts';
import { newRule, ruleAttributes } from './rule.ts';
import type { Expression } from './rule.ts';

const anyData = anyOf({ value: anyBytes, verdict: anyOf({ code: anyS32, chain: anyText }) });

function expression<K extends string, T>(kind: K, fields: { [F in keyof T]: fc.Arbitrary<T[F]> }) {
  return fc.record({ kind: fc.constant(kind), data: anyOf<T>(fields) }, { requiredKeys: ['kind'] });
}

const anyExpression: fc.Arbitrary<Expression> = fc.oneof(
  expression('bitwise', { source: anyU32, destination: anyU32, length: anyU32, mask: anyData, xor: anyData }),
  expression('cmp', { register: anyU32, operation: anyU32, data: anyData }),
  expression('counter', { bytes: anyU64, packets: anyU64 }),
  expression('ct', { register: anyU32, key: anyU32 }),
  expression('fib', { register: anyU32, result: anyU32, flags: anyU32 }),
  expression('immediate', { register: anyU32, data: anyData }),
  expression('lookup', { set: anyText, source: anyU32, destination: anyU32, flags: anyU32 }),
  expression('masq', { flags: anyU32 }),
  expression('match', { name: anyText, revision: anyU32, info: anyBytes }),
  expression('meta', { register: anyU32, key: anyU32, source: anyU32 }),
  expression('nat', { type: anyU32, family: anyU32, address: anyU32, port: anyU32 }),
  expression('payload', { register: anyU32, base: anyU32, offset: anyU32, length: anyU32 }),
  expression('target', { name: anyText, revision: anyU32, info: anyBytes }),
  fc.record({ kind: fc.constant('other:quota' as const), data: anyBytes }, { requiredKeys: ['kind'] }),
);

attributeLaws(
  ruleAttributes,
  anyOf({
    table: anyText,
    chain: anyText,
    handle: anyU64,
    position: anyU64,
    expressions: fc.array(anyExpression, { maxLength: 4 }),
    comment: anyText,
  }),
);

describe('newRule', () => {
  const rule = newRule(
    't',
    'c',
    [loadMeta('IIFNAME', NFT_REG.R0), inSet('names', NFT_REG.R0), decide('drop')],
    'note',
  );

  it('says what it is for', () => {
    expect(rule.subject).toBe('rule "note" in c');
    expect(rule.body.attributes).toMatchObject({ table: 't', chain: 'c', comment: 'note' });
  });

  it('lets a refusal name the expression at fault', () => {
    const bytes = encodeMessage(rule, 0, 1);
    const paths = Array.from(bytes, (_, offset) => locateField(rule, bytes, offset).join('.'));
    expect(new Set(paths)).toEqual(
      new Set([
        ...['', 'rule.table', 'rule.chain', 'rule.comment'],
        ...['rule.expressions', 'rule.expressions.[0]', 'rule.expressions.[1]', 'rule.expressions.[2]'],
        ...['rule.expressions.[0].kind', 'rule.expressions.[1].kind', 'rule.expressions.[2].kind'],
        ...['meta', 'meta.register', 'meta.key'].map((path) => `rule.expressions.[0].${path}`),
        ...['lookup', 'lookup.set', 'lookup.source'].map((path) => `rule.expressions.[1].${path}`),
        ...['immediate', 'immediate.register', 'immediate.data', 'immediate.data.verdict'].map(
          (path) => `rule.expressions.[2].${path}`,
        ),
        'rule.expressions.[2].immediate.data.verdict.code',
      ]),
    );
  });

  it('has a type that refuses the data of another expression', () => {
    // @ts-expect-error a comparison has no key
    const wrong: Expression = { kind: 'cmp', data: { key: 1 } };
    // @ts-expect-error an expression that is not declared
    const unknown: Expression = { kind: 'limit', data: {} };
    expect([wrong, unknown]).toHaveLength(2);
  });
});
