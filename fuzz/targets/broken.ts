// Targets with a defect each, for the tests of the loop.
import { inputs, law } from '../target.ts';
import type { Target } from '../target.ts';

/** Four bytes have to be right, one after the other: without coverage to go by, one of half a million of words. */
export const branches: Target = {
  about: 'a defect behind four branches',
  words: [...'abcdefghijklmnopqrstuvwxyz'],
  seeds: () => inputs('....'),
  run: (input) => {
    if (input[0] !== 0x6e) return;
    if (input[1] !== 0x65) return;
    if (input[2] !== 0x74) return;
    law(input[3] !== 0x6c, 'the defect behind the branches');
  },
};

/** Does not come back from some input. */
export const endless: Target = {
  about: 'a loop without an end',
  seeds: () => inputs('a'),
  run: (input) => {
    while (input[0] === 0x61);
  },
};

/** Takes all memory that there is. */
export const greedy: Target = {
  about: 'an allocation without a bound',
  seeds: () => inputs('a'),
  run: (input) => {
    for (const all: number[][] = []; input[0] === 0x61;) all.push(new Array<number>(1e6).fill(0.5));
  },
};
