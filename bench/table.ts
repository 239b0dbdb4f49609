// The figures as text for a person.
import type { Cell, Row } from './rounds.ts';

const HEADINGS = [
  '',
  'tsnet',
  'p10-p90',
  'MB',
  'execs',
  'reference',
  'p10-p90',
  'MB',
  'execs',
  'tsnet / reference',
];

function milliseconds(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

function cellTexts(cell: Cell | undefined): string[] {
  if (cell === undefined) return ['', '', '', ''];
  const { median, p10, p90 } = cell.milliseconds;
  return [
    `${milliseconds(median)} ms`,
    `${milliseconds(p10)}-${milliseconds(p90)}`,
    cell.megabytes?.toFixed(0) ?? '',
    cell.execs?.toString() ?? '',
  ];
}

function ratio({ tsnet, reference }: Row['cells']): string {
  if (tsnet === undefined || reference === undefined) return '';
  const share = tsnet.milliseconds.median / reference.milliseconds.median;
  return share < 1 ? `1/${(1 / share).toFixed(1)}` : share.toFixed(1);
}

/** The rows as an aligned table: medians in ms, peak memory in MB of the largest process. */
export function table(rows: readonly Row[]): string {
  const lines = [
    HEADINGS,
    ...rows.map(({ name, cells }) => [
      name,
      ...cellTexts(cells.tsnet),
      ...cellTexts(cells.reference),
      ratio(cells),
    ]),
  ];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, at: number): string =>
    at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}
