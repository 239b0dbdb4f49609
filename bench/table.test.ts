import { expect, test } from 'vitest';
import type { Cell } from './rounds.ts';
import { table } from './table.ts';

const cell = (median: number): Cell => ({
  milliseconds: { median, p10: median - 1, p90: median + 1 },
  megabytes: 40.4,
  samples: 3,
});

function fieldsOf(text: string): string[] | undefined {
  return text.split('\n')[1]?.split(/\s{2,}/);
}

test('all who take part, with their ratios', () => {
  const cells = { tsnet: cell(20), reference: cell(100), daemon: cell(4), floor: cell(2) };
  expect(fieldsOf(table([{ name: 'ADD', cells }]))).toEqual([
    ...['ADD', '2.00 ms', '4.00 ms', '3.00-5.00', '20.0 ms', '19.0-21.0', '100 ms', '99.0-101'],
    ...['2.0', '1/25.0', '1/5.0', '40 : 40 : 40'],
  ]);
});

test('who is slower is not flattered', () => {
  const text = table([{ name: 'start', cells: { tsnet: cell(30), reference: cell(12) } }]);
  expect(fieldsOf(text)?.[5]).toBe('2.5');
});

test('without the reference there is no ratio, and no column for one', () => {
  const text = table([{ name: 'ADD', cells: { tsnet: { ...cell(20), execs: 1 } } }]);
  expect(fieldsOf(text)).toEqual(['ADD', '20.0 ms', '19.0-21.0', '- : 40 : -', '- : 1 : -']);
});
