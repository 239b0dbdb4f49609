// What is measured in other units than milliseconds, or of others than the three sides.
import { spread } from './figures.ts';
import type { Spread } from './figures.ts';
import { align } from './table.ts';

/** One measured thing. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: Spread;
}

/** A figure of samples. Throws when there are none. */
export function figureOf(name: string, unit: string, samples: readonly number[]): Figure {
  return { name, unit, value: spread(samples) };
}

/** A number with three digits that say something. */
function brief(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** The figures as an aligned table. */
export function figureTable(figures: readonly Figure[]): string {
  return align([
    ['', 'median', 'p10-p90', 'unit'],
    ...figures.map(({ name, unit, value }) => [
      name,
      brief(value.median),
      // One sample has no spread.
      value.p10 === value.p90 ? '' : `${brief(value.p10)}-${brief(value.p90)}`,
      unit,
    ]),
  ]);
}
