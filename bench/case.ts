// What is measured by itself: it may be left out, chosen alone, or fail without the others.
import type { Stage } from './stage.ts';

/** A part of a run, `On` a stage. Its name tells the rows or figures that it gives. */
export interface Case<T, On = Stage> {
  readonly name: string;
  /** Whether it takes minutes. */
  readonly isLong?: boolean;
  /** What it needs and is not installed. */
  readonly missing?: () => string | undefined;
  readonly measure: (stage: On) => readonly T[];
}

/** What somebody wants of all the cases. */
export interface Choice {
  /** Those whose name it matches, however long they take. */
  readonly only?: RegExp | undefined;
  /** Also those that take minutes. */
  readonly isLong: boolean;
}

/** Tells whether a case is to be measured. */
export function isChosen(
  { name, isLong = false }: Pick<Case<unknown>, 'name' | 'isLong'>,
  choice: Choice,
): boolean {
  return choice.only === undefined ? !isLong || choice.isLong : choice.only.test(name);
}

/** What cases gave, and the names of those that failed. */
export interface Harvest<T> {
  readonly results: readonly T[];
  readonly failed: readonly string[];
}

/** Measures one case after the other, and goes on where one fails; `tell` gets a line about each. */
export function measureAll<T, On>(
  cases: readonly Case<T, On>[],
  stage: On,
  tell: (line: string) => void,
): Harvest<T> {
  const results: T[] = [];
  const failed: string[] = [];
  for (const { name, missing, measure } of cases) {
    const lacking = missing?.();
    if (lacking !== undefined) {
      tell(`${name}: left out, there is no ${lacking}`);
      continue;
    }
    const begin = performance.now();
    const tellEnd = (end: string): void =>
      tell(`${name}: ${end} ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    try {
      results.push(...measure(stage));
      tellEnd('took');
    } catch (error) {
      failed.push(name);
      tellEnd(`${error instanceof Error ? error.message : String(error)}; failed after`);
    }
  }
  return { results, failed };
}
