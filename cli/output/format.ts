// What --format says: `json`, `table`, or a template in the language of Go's text/template, as Docker takes it.
import { evaluate } from './template/evaluate.ts';
import { compactJson } from './template/functions.ts';
import { headingOf } from './template/headings.ts';
import { parse } from './template/parser.ts';
import { table } from './table.ts';

/** The value of each column of a table by its field, and how the columns are headed. */
export interface TableSpec {
  readonly headings: Readonly<Record<string, string>>;
  /** The fields of the table that is written when nothing else is asked for. */
  readonly standard: readonly string[];
}

const TABLE = /^table(?:\s+|\\t|$)/;

/** The template of the table that is written when nothing else is asked for. */
function standardTemplate({ standard }: TableSpec): string {
  return standard.map((name) => `{{.${name}}}`).join('\t');
}

/**
 * Items as `format` says: JSON with a line for each, a table, or the text of a template with a line for each. Throws
 * TSNET_CONFIG for a template that cannot be read or has unknown fields.
 */
export function formatItems(format: string, items: readonly object[], spec: TableSpec): string {
  if (format === 'json') return items.map((item) => `${compactJson(item)}\n`).join('');
  const match = TABLE.exec(format);
  const nodes = parse(match === null ? format : format.slice(match[0].length) || standardTemplate(spec));
  const lines = items.map((item) => evaluate(nodes, item));
  if (match === null) return lines.map((line) => `${line}\n`).join('');
  const cells = (line: string): string[] => line.split('\t');
  return table(cells(headingOf(nodes, spec.headings)), lines.map(cells));
}

/** What an `inspect` tells: all of it as JSON, or the text of a template with a line for each. Throws as above. */
export function formatInspected(format: string, items: readonly object[]): string {
  if (format === 'json') return `${compactJson(items)}\n`;
  const nodes = parse(format);
  return items.map((item) => `${evaluate(nodes, item)}\n`).join('');
}
