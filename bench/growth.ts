// How much longer it takes when more is there: what two rows say together.
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import type { Contender, Row } from './rounds.ts';

/** Circumstances to compare, by what stands behind the verb in the names of their rows. */
const COMPARED = [
  { few: '0 containers', many: '500 containers' },
  { few: '0 leases', many: '10000 leases' },
  { few: '0 ports of others', many: '5000 ports of others' },
] as const;

const NAMES: readonly (readonly [Contender, string])[] = [
  ['floor', 'floor'],
  ['daemon', 'daemon'],
  ['tsnet', 'one-shot'],
  ['reference', 'reference'],
];

function growthOf(few: Row, many: Row, contender: Contender): number | undefined {
  const [before, after] = [few, many].map((row) => row.cells[contender]?.milliseconds.median);
  return before === undefined || after === undefined ? undefined : after / before;
}

function compare(verb: string, { few, many }: (typeof COMPARED)[number], rows: readonly Row[]): Figure[] {
  const rowOf = (suffix: string): Row | undefined => rows.find(({ name }) => name === `${verb}, ${suffix}`);
  const [less, more] = [rowOf(few), rowOf(many)];
  if (less === undefined || more === undefined) return [];
  return NAMES.flatMap(([contender, name]) => {
    const growth = growthOf(less, more, contender);
    return growth === undefined ? [] : [figureOf(`${verb}, ${many} to ${few}, ${name}`, 'times', [growth])];
  });
}

/** What ADD and DEL take with much there, in terms of what they take without; of the rows that were measured. */
export function growthFigures(rows: readonly Row[]): Figure[] {
  return COMPARED.flatMap((circumstances) =>
    ['ADD', 'DEL'].flatMap((verb) => compare(verb, circumstances, rows)),
  );
}
