import { expect, test } from 'vitest';
import { readRate } from './rate.ts';

test.each([
  ['1', 1],
  ['500k', 500e3],
  ['10M', 10e6],
  ['2.5G', 2.5e9],
])('%s is %d bits per second', (text, rate) => {
  expect(readRate('--bandwidth-in', text)).toMatchObject({ rate });
});

test('a burst is a tenth of a second, and never less than one piece', () => {
  expect(readRate('x', '1G').burst).toBe(1e8);
  expect(readRate('x', '1k').burst).toBe(64 * 1024 * 8);
});

test.each(['', '0', '0.0001', '10m', '10 M', '-1', '1e3', '10Mbit', 'M'])('"%s" is refused', (text) => {
  expect(() => readRate('--bandwidth-in', text)).toThrow(`--bandwidth-in "${text}": must be bits per second`);
});
