import { describe, expect, it } from 'vitest';
import { count } from '../netlink/netfilter/expr/counter.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import type { Expression, Rule } from '../netlink/netfilter/rule.ts';
import { acceptRules, isOurs, noteOf } from './accept-rules.ts';
import { jumpOf, refusesAll, returnsAll } from './verdicts.ts';

const comment = (text: string): Expression => ({
  kind: 'match',
  data: { name: 'comment', revision: 0, info: Buffer.from(text.padEnd(256, '\0')) },
});

const rule = (expressions: Expression[], comment?: string): Rule => ({ handle: 1n, expressions, comment });

describe('a rule of ours', () => {
  it("is known by its comment, nft's or that of x_tables", () => {
    const [{ note } = { note: '' }] = acceptRules('br0');
    expect(note).toBe('tsnet: from br0');
    expect(noteOf(rule([], note))).toBe(note);
    expect(noteOf(rule([loadMeta('IIFNAME', 8), comment(note), count()]))).toBe(note);
    expect([note, 'tsnetwork', undefined].map(isOurs)).toEqual([true, false, false]);
  });

  it('has no comment where nobody wrote one', () => {
    expect(noteOf(rule([count(), decide('accept')]))).toBeUndefined();
    expect(noteOf(rule([]))).toBeUndefined();
  });
});

describe('what a rule does with every packet', () => {
  const reject: Expression[] = [
    { kind: 'target', data: { name: 'REJECT' } },
    { kind: 'other:reject', data: new Uint8Array() },
  ];

  it('refuses, by a drop or a rejection without conditions', () => {
    for (const one of [decide('drop'), ...reject])
      expect(refusesAll(rule([comment('all'), count(), one]))).toBe(true);
    expect(refusesAll(rule([loadMeta('IIFNAME', 8), decide('drop')]))).toBe(false);
    expect(refusesAll(rule([count(), decide('accept')]))).toBe(false);
  });

  it('returns', () => {
    expect(returnsAll(rule([count(), decide('return')]))).toBe(true);
    expect(returnsAll(rule([loadMeta('IIFNAME', 8), decide('return')]))).toBe(false);
    expect(returnsAll(rule([count(), decide('drop')]))).toBe(false);
  });

  it('jumps', () => {
    expect(jumpOf(rule([count(), decide({ jump: 'c' })]))).toBe('c');
    expect(jumpOf(rule([count(), decide('accept')]))).toBeUndefined();
  });
});
