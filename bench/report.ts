// What a run leaves behind: docs/benchmarks.md between its marks, and the chart that the README shows.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/paths.ts';
import { chart } from './chart.ts';
import type { Group } from './chart.ts';
import type { Figure } from './figure.ts';
import { figureTable } from './figure.ts';
import type { Contender, Row } from './rounds.ts';
import { milliseconds, table } from './table.ts';

/** All that was measured, and where. */
export interface Report {
  readonly machine: readonly string[];
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
}

const DOCUMENT = join(root, 'docs', 'benchmarks.md');
const CHART = join(root, 'docs', 'benchmarks.svg');

/** Who is drawn, in the order of the bars. */
const DRAWN: readonly [Contender, string][] = [
  ['reference', 'reference'],
  ['tsnet', 'tsnet, one-shot'],
  ['daemon', 'tsnet, daemon'],
  ['floor', 'the kernel alone'],
];

const SHOWN = [
  ['ADD', 'ADD: a container with address, masquerade and a published port'],
  ['DEL', 'DEL of the same'],
  ['ADD of 20', 'ADD of 20 containers at once'],
  ['chain of 5 ADD', 'ADD by loopback, bridge, portmap, firewall and bandwidth'],
] as const;

/** The text of a run for the document. */
export function reportText({ machine, rows, figures }: Report): string {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Measured on ${date}:`,
    '',
    ...machine.map((line) => `- ${line}`),
    '',
    '```',
    table(rows),
    '```',
    '',
    '```',
    figureTable(figures),
    '```',
  ].join('\n');
}

/** Puts `text` between the marks of a document, in place of what is there. Throws when it has none. */
export function replaceMeasured(document: string, text: string): string {
  const marks = /(<!-- measured -->\n)[\s\S]*?(<!-- end of measured -->)/;
  if (!marks.test(document)) throw new Error('the document has no place for what was measured');
  return document.replace(marks, (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`);
}

function groupOf(row: Row, title: string): Group {
  const bars = DRAWN.flatMap(([contender, name]) => {
    const median = row.cells[contender]?.milliseconds.median;
    return median === undefined ? [] : [{ name, value: median, text: `${milliseconds(median)} ms` }];
  });
  return { title, bars };
}

/** Writes docs/benchmarks.md and docs/benchmarks.svg. */
export function writeReport(report: Report): void {
  const groups = SHOWN.flatMap(([name, title]) =>
    report.rows.filter((row) => row.name === name).map((row) => groupOf(row, title)),
  );
  writeFileSync(DOCUMENT, replaceMeasured(readFileSync(DOCUMENT, 'utf8'), reportText(report)));
  writeFileSync(CHART, chart('How long a container takes, in milliseconds: shorter is better', groups));
}
