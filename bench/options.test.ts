import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('without options the short cases are taken, all their rounds', () => {
  expect(readOptions([])).toEqual({
    only: undefined,
    isLong: false,
    mostRounds: Infinity,
    isWritten: false,
    isJson: false,
  });
});

test('all that can be asked for together', () => {
  const { only, isLong, mostRounds, isJson } = readOptions([
    ...['--long', '--json', '--only', '^start|docker', '--rounds', '2'],
  ]);
  expect([only?.test('docker'), only?.test('restart'), isLong, mostRounds, isJson]).toEqual([
    ...[true, false, true, 2, true],
  ]);
});

test.each([
  [['--rounds', '0'], '--rounds "0": must be'],
  [['--rounds', 'two'], '--rounds "two": must be'],
  [['--rounds', '1.5'], '--rounds "1.5": must be'],
  [['--write', '--only', 'start'], '--write: cannot be used with'],
  [['--write', '--rounds', '3'], '--write: cannot be used with'],
  [['--only', '('], 'regular expression'],
  [['--short'], '--short'],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
