import { expect, test } from 'vitest';
import type { Cell } from './rounds.ts';
import { table } from './table.ts';

const cell = (median: number): Cell => ({
  milliseconds: { median, p10: median - 1, p90: median + 1 },
  megabytes: 40.4,
  samples: 3,
});

test('a pair with its ratio', () => {
  const [, line] = table([{ name: 'ADD', cells: { tsnet: cell(20), reference: cell(100) } }]).split('\n');
  expect(line?.split(/\s{2,}/)).toEqual([
    'ADD',
    '20.0 ms',
    '19.0-21.0',
    '40',
    '100 ms',
    '99.0-101',
    '40',
    '1/5.0',
  ]);
});

test('who is slower is not flattered', () => {
  expect(table([{ name: 'start', cells: { tsnet: cell(30), reference: cell(10) } }])).toMatch(/\s3\.0$/);
});

test('without the reference there is no ratio', () => {
  const text = table([{ name: 'ADD', cells: { tsnet: { ...cell(20), execs: 1 } } }]);
  expect(text.split('\n')[1]?.split(/\s{2,}/)).toEqual(['ADD', '20.0 ms', '19.0-21.0', '40', '1']);
});
