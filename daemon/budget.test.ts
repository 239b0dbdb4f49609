import { expect, test } from 'vitest';
import { Budget } from './budget.ts';

test('six times a minute each, then it tells how long to wait', () => {
  const budget = new Budget();
  const waits = Array.from({ length: 7 }, (_, at) => budget.take('bridge a', at * 1000));
  expect(waits).toEqual([0, 0, 0, 0, 0, 0, 54_000]);
  expect(budget.take('bridge b', 6_000)).toBe(0);
  expect(budget.take('bridge a', 60_000)).toBe(0);
  expect(budget.take('bridge a', 60_001)).toBe(999);
});

test('a thing is told once a minute', () => {
  const budget = new Budget();
  expect([0, 1, 59_999, 60_000, 60_001].map((now) => budget.isFirst('a', now))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  expect(budget.isFirst('b', 60_001)).toBe(true);
});
