import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantile, spread } from './figures.ts';

test('the median of an even number of samples is between the two in the middle', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
});

test('the spread of 0 to 100', () => {
  const samples = Array.from({ length: 101 }, (_, value) => 100 - value);
  expect(spread(samples)).toEqual({ median: 50, p10: 10, p90: 90 });
});

test('one sample is its own spread', () => {
  expect(spread([7])).toEqual({ median: 7, p10: 7, p90: 7 });
});

test('no samples are an error, not a figure', () => {
  expect(() => spread([])).toThrow('no samples');
});

test('p10 <= median <= p90, all within the samples', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), (samples) => {
      const { median, p10, p90 } = spread(samples);
      expect(p10).toBeGreaterThanOrEqual(Math.min(...samples));
      expect(median).toBeGreaterThanOrEqual(p10);
      expect(p90).toBeGreaterThanOrEqual(median);
      expect(p90).toBeLessThanOrEqual(Math.max(...samples));
    }),
  );
});
