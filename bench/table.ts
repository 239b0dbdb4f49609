// The figures as text for a person.
import type { Cell, Contender, Row } from './rounds.ts';

const SIDES = ['daemon', 'tsnet', 'reference'] as const;
const HEADINGS = [
  '',
  'floor',
  ...['daemon', 'one-shot', 'reference'].flatMap((name) => [name, 'p10-p90']),
  ...['daemon / floor', 'daemon / reference', 'one-shot / reference'],
  'MB',
  'execs',
];

/** Milliseconds with as many digits as say something. */
export function milliseconds(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value < 10 ? 2 : 1);
}

function median(cell: Cell | undefined): string {
  return cell === undefined ? '' : `${milliseconds(cell.milliseconds.median)} ms`;
}

function spreadText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const { p10, p90 } = cell.milliseconds;
  return `${milliseconds(p10)}-${milliseconds(p90)}`;
}

function ratio(cells: Row['cells'], one: Contender, other: Contender): string {
  const dividend = cells[one]?.milliseconds.median;
  const divisor = cells[other]?.milliseconds.median;
  if (dividend === undefined || divisor === undefined) return '';
  const share = dividend / divisor;
  return share < 1 ? `1/${(1 / share).toFixed(1)}` : share.toFixed(1);
}

// Of the client, of tsnet as a process for each call and of the reference.
function triple(cells: Row['cells'], textOf: (cell: Cell) => string | undefined): string {
  const texts = SIDES.map((side) => cells[side]).map((cell) => cell && textOf(cell));
  return texts.every((text) => text === undefined) ? '' : texts.map((text) => text ?? '-').join(' : ');
}

function lineOf({ name, cells }: Row): string[] {
  return [
    name,
    median(cells.floor),
    ...SIDES.flatMap((side) => [median(cells[side]), spreadText(cells[side])]),
    ratio(cells, 'daemon', 'floor'),
    ratio(cells, 'daemon', 'reference'),
    ratio(cells, 'tsnet', 'reference'),
    triple(cells, ({ megabytes }) => megabytes.toFixed(megabytes < 10 ? 1 : 0)),
    triple(cells, ({ execs }) => execs?.toString()),
  ];
}

/**
 * The rows as an aligned table: medians in ms. MB (peak of the largest process) and execs are those of client, one-shot
 * and reference.
 */
export function table(rows: readonly Row[]): string {
  return align([HEADINGS, ...rows.map(lineOf)]);
}

/** Lines of columns, the first of them to the left and the others to the right. Columns without a text are left out. */
export function align(lines: readonly (readonly string[])[]): string {
  const [headings = [], ...others] = lines;
  const columns = [...headings.keys()].filter((at) => at === 0 || others.some((line) => line[at]));
  const width = (at: number): number => Math.max(...lines.map((line) => line[at]?.length ?? 0));
  const pad = (text: string, at: number): string =>
    at === 0 ? text.padEnd(width(at)) : text.padStart(width(at));
  return lines
    .map((line) =>
      columns
        .map((at) => pad(line[at] ?? '', at))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
