import { expect, test } from 'vitest';
import type { AnyRequest } from '../netlink/message.ts';
import { guardTable } from './guard.ts';
import { addressTable } from './ruleset.ts';

const tables: [string, () => AnyRequest[], Readonly<Record<string, number>>, string][] = [
  [
    'inet',
    addressTable.base,
    { ...addressTable.ruleCounts, ...addressTable.targetRuleCounts },
    addressTable.sentinel,
  ],
  ['bridge', guardTable.base, guardTable.ruleCounts, guardTable.sentinel],
];

test.each(tables)(
  'table %s: the rules that are counted are the rules that are made',
  (_, base, ruleCounts) => {
    const counts: Record<string, number> = {};
    for (const { operation, body } of base()) {
      if (operation !== 'NFT_MSG_NEWRULE') continue;
      const { chain } = (body as { attributes: { chain: string } }).attributes;
      counts[chain] = (counts[chain] ?? 0) + 1;
    }
    expect(counts).toEqual(ruleCounts);
  },
);

test.each(tables)(
  'table %s: the chain that stands for all is one of them',
  (_, _base, ruleCounts, sentinel) => {
    expect(ruleCounts).toHaveProperty(sentinel);
  },
);
