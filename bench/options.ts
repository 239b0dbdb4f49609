// What the command line of the bench asks for.
import { parseArgs } from 'node:util';
import type { Choice } from './case.ts';

export interface Options extends Choice {
  /** Of each case; all that it has without it. */
  readonly mostRounds: number;
  readonly isWritten: boolean;
  readonly isJson: boolean;
}

const OPTIONS = {
  long: { type: 'boolean', default: false },
  only: { type: 'string' },
  rounds: { type: 'string', default: 'Infinity' },
  write: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** Reads the arguments. Throws an Error that says what is wrong with which. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { long, only, rounds, write, json } = values;
  const mostRounds = Number(rounds);
  if (mostRounds !== Infinity && !(Number.isInteger(mostRounds) && mostRounds >= 1))
    throw new Error(`--rounds "${rounds}": must be a whole number from 1 on`);
  if (write && (only !== undefined || mostRounds !== Infinity))
    throw new Error('--write: cannot be used with --only or --rounds, which leave things out');
  return {
    only: only === undefined ? undefined : new RegExp(only),
    isLong: long,
    mostRounds,
    isWritten: write,
    isJson: json,
  };
}
