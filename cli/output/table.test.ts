import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, the last is not padded', () => {
  expect(
    table(
      ['NAME', 'PORTS'],
      [
        ['a-long-name', '80/tcp'],
        ['b', ''],
      ],
    ),
  ).toBe('NAME          PORTS\na-long-name   80/tcp\nb\n');
});

test('without rows there is the heading', () => {
  expect(table(['A', 'B'], [])).toBe('A   B\n');
});
