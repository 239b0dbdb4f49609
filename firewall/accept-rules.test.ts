import { describe, expect, it } from 'vitest';
import { count } from '../netlink/netfilter/expr/counter.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { acceptRules, isOurs, noteOf } from './accept-rules.ts';
import { jumpOf, refusesAll, returnsAll } from './verdicts.ts';

const comment = (text: string): Expression => ({
  kind: 'match',
  data: { name: 'comment', revision: 0, info: Buffer.from(text.padEnd(256, '\0')) },
});

describe('a rule of ours', () => {
  it("is known by its comment, nft's or that of x_tables", () => {
    const [{ note } = { note: '' }] = acceptRules('br0');
    expect(note).toBe('tsnet: from br0');
    expect(noteOf({ comment: note, expressions: [] })).toBe(note);
    expect(noteOf({ expressions: [loadMeta('IIFNAME', 8), comment(note), count()] })).toBe(note);
    expect([note, 'tsnetwork', undefined].map(isOurs)).toEqual([true, false, false]);
  });

  it('has no comment where nobody wrote one', () => {
    expect(noteOf({ expressions: [count(), decide('accept')] })).toBeUndefined();
    expect(noteOf({})).toBeUndefined();
  });
});

describe('what a rule does with every packet', () => {
  const reject: Expression[] = [
    { kind: 'target', data: { name: 'REJECT' } },
    { kind: 'other:reject', data: new Uint8Array() },
  ];

  it('refuses, by a drop or a rejection without conditions', () => {
    for (const one of [decide('drop'), ...reject])
      expect(refusesAll({ expressions: [comment('all'), count(), one] })).toBe(true);
    expect(refusesAll({ expressions: [loadMeta('IIFNAME', 8), decide('drop')] })).toBe(false);
    expect(refusesAll({ expressions: [count(), decide('accept')] })).toBe(false);
  });

  it('returns', () => {
    expect(returnsAll({ expressions: [count(), decide('return')] })).toBe(true);
    expect(returnsAll({ expressions: [loadMeta('IIFNAME', 8), decide('return')] })).toBe(false);
    expect(returnsAll({ expressions: [count(), decide('drop')] })).toBe(false);
  });

  it('jumps', () => {
    expect(jumpOf({ expressions: [count(), decide({ jump: 'c' })] })).toBe('c');
    expect(jumpOf({ expressions: [count(), decide('accept')] })).toBeUndefined();
  });
});
