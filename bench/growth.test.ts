import { expect, test } from 'vitest';
import { growthFigures } from './growth.ts';
import type { Row } from './rounds.ts';

const row = (name: string, medians: Readonly<Record<string, number>>): Row => ({
  name,
  cells: Object.fromEntries(
    Object.entries(medians).map(([contender, median]) => [
      contender,
      { milliseconds: { median, p10: median, p90: median }, megabytes: 1, samples: 3 },
    ]),
  ),
});

test('how many times longer it takes, for each who was there both times', () => {
  const figures = growthFigures([
    row('ADD, 0 containers', { floor: 1, daemon: 5, tsnet: 20 }),
    row('ADD, 100 containers', { floor: 1.5, daemon: 6, tsnet: 21 }),
    row('ADD, 500 containers', { floor: 2, daemon: 9 }),
    row('DEL, 0 ports of others', { daemon: 4 }),
    row('DEL, 5000 ports of others', { daemon: 5 }),
  ]);
  expect(figures.map(({ name, value }) => [name, value.median])).toEqual([
    ['ADD, 500 containers to 0 containers, floor', 2],
    ['ADD, 500 containers to 0 containers, daemon', 1.8],
    ['DEL, 5000 ports of others to 0 ports of others, daemon', 1.25],
  ]);
});

test('without the rows there are no figures', () => {
  expect(growthFigures([row('ADD', { daemon: 1 }), row('ADD, 500 containers', { daemon: 1 })])).toEqual([]);
});
