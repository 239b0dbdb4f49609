import { expect, it } from 'vitest';
import { readBody } from '../../../test/wire/capture.ts';
import { newRule, ruleAttributes } from '../rule.ts';
import type { Infer } from '../../codec.ts';
import { ruleComment, ruleText, verdictText } from './rule.ts';

// What nft was told, as the captures say, and how it reads again.
it.each([
  ['rule-ct', 'ct status dnat accept', 'published'],
  ['rule-traced', 'meta nftrace set 0x01', 'traced'],
  ['rule-ifname', 'iifname != "br0" drop', undefined],
  ['rule-goto', 'oifname @names goto c', 'in'],
  ['rule-masquerade', 'ip saddr . oifname @s masquerade', 'leaving'],
  ['rule-dnat', 'dnat to ip daddr . meta l4proto . th dport map @m', 'published ports'],
  ['rule-iptables', 'oifname "cni0" xt match "conntrack" counter accept', undefined],
])('%s', (name, text, comment) => {
  const { attributes } = readBody(name, newRule('t', 'c', [], ''));
  const { expressions = [], comment: note } = attributes as Infer<typeof ruleAttributes>;
  const found = ruleText({ expressions });
  expect([found, ruleComment({ expressions, comment: note })]).toEqual([text, comment]);
});

it('names verdicts', () => {
  expect([verdictText(0), verdictText(1), verdictText(-3, 'c'), verdictText(0x50003)]).toEqual([
    ...['drop', 'accept', 'jump c', 'queue'],
  ]);
});
