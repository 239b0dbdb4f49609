import { expect, test } from 'vitest';
import { baseTable, ruleCounts } from './ruleset.ts';

test('the rules that are counted are the rules that are made', () => {
  const counts: Record<string, number> = {};
  for (const { operation, body } of baseTable()) {
    if (operation !== 'NFT_MSG_NEWRULE') continue;
    const { chain } = (body as { attributes: { chain: string } }).attributes;
    counts[chain] = (counts[chain] ?? 0) + 1;
  }
  expect(counts).toEqual(ruleCounts);
});
