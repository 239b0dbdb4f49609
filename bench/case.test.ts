import { expect, test } from 'vitest';
import { isChosen, measureAll } from './case.ts';
import type { Case } from './case.ts';

const short: Case<string, undefined> = { name: 'start, ADD', measure: () => ['start', 'ADD'] };
const long: Case<string, undefined> = { name: 'of 100', isLong: true, measure: () => ['ADD of 100'] };
const broken: Case<string, undefined> = {
  name: 'broken',
  measure: () => {
    throw new Error('no such thing');
  },
};
const lacking: Case<string, undefined> = {
  name: 'docker',
  missing: () => 'docker',
  measure: () => ['never'],
};

test('what takes minutes is measured when it is asked for, or named', () => {
  const chosen = (choice: Parameters<typeof isChosen>[1]): string[] =>
    [short, long].filter((one) => isChosen(one, choice)).map(({ name }) => name);
  expect(chosen({ isLong: false })).toEqual(['start, ADD']);
  expect(chosen({ isLong: true })).toEqual(['start, ADD', 'of 100']);
  expect(chosen({ isLong: false, only: /of 1/ })).toEqual(['of 100']);
  expect(chosen({ isLong: true, only: /ADD/ })).toEqual(['start, ADD']);
});

test('one that fails, or lacks something, does not cost the others their figures', () => {
  const lines: string[] = [];
  const harvest = measureAll([broken, lacking, short, long], undefined, (line) => void lines.push(line));
  expect(harvest).toEqual({ results: ['start', 'ADD', 'ADD of 100'], failed: ['broken'] });
  expect(lines).toEqual([
    expect.stringMatching(/^broken: no such thing; failed after \d+ s$/),
    'docker: left out, there is no docker',
    expect.stringMatching(/^start, ADD: took \d+ s$/),
    expect.stringMatching(/^of 100: took \d+ s$/),
  ]);
});
