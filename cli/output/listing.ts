// Listings: one way to say how a list is to look, and which of it is wanted, as Docker has them.
import type { Command } from 'commander';
import { didYouMean } from '../../errors/nearest.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { formatItems } from './format.ts';
import type { TableSpec } from './format.ts';

/** What one listing has. `Item` is what a template sees. */
export interface Listing<Item extends object> extends TableSpec {
  /** What is printed of each with --quiet. */
  readonly brief: (item: Item) => string;
  /** What is printed when no format is asked for, where that is no table: a template, or the text of all items. */
  readonly plain?: string | ((items: readonly Item[]) => string) | undefined;
  /** What `json` is, where that is not an object to a line. */
  readonly json?: ((items: readonly Item[]) => string) | undefined;
  /** By key, whether an item is one of those that are asked for. */
  readonly filters: Readonly<Record<string, (item: Item, wanted: string) => boolean>>;
}

/** What --format, --quiet and --filter said. */
export interface ListingOptions {
  readonly format?: string | undefined;
  readonly quiet: boolean;
  readonly filter: readonly string[];
}

const FORMAT_HELP = 'table, json, or a template such as';

/** Adds the options of a listing to a command. */
export function addListingOptions(
  command: Command,
  { filters, standard, plain }: Pick<Listing<never>, 'filters' | 'standard' | 'plain'>,
): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return command
    .option(
      '--format <format>',
      `${FORMAT_HELP} {{.${example(standard)}}}; with "table " before it, under headings`,
      plain === undefined ? 'table' : undefined,
    )
    .option('-q, --quiet', 'nothing but what names each', false)
    .option('-f, --filter <key=value>', `only such: ${Object.keys(filters).join(', ')}`, collect, []);
}

function example(standard: readonly string[]): string {
  return standard.includes('Name') ? 'Name' : (standard[0] ?? 'Name');
}

/** Adds --format to a command that tells all about what it is given. */
export function addInspectOption(command: Command): Command {
  return command.option('-f, --format <format>', 'json for all in one line, or a template such as {{.Name}}');
}

function splitFilter(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new TsnetError('TSNET_CONFIG', `--filter "${text}": must be key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A label is asked for by its name, or by its name and value: `label=tier`, `label=tier=front`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at < 0) return Object.hasOwn(labels, wanted);
  const name = wanted.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(at + 1);
}

/** Reads `true` or `false`. Throws TSNET_CONFIG. */
export function isWanted(key: string, text: string): boolean {
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw new TsnetError('TSNET_CONFIG', `--filter "${key}=${text}": must be true or false`);
}

/**
 * Those of the items that are asked for: of one key any of the values will do, but of labels all have to be there. Throws
 * TSNET_CONFIG for a key that is not known.
 */
export function chooseItems<Item extends object>(
  items: readonly Item[],
  wanted: readonly string[],
  { filters }: Pick<Listing<Item>, 'filters'>,
): Item[] {
  const byKey = new Map<string, string[]>();
  for (const [key, value] of wanted.map(splitFilter)) {
    if (!Object.hasOwn(filters, key)) {
      const known = Object.keys(filters);
      const meant = didYouMean(key, known);
      throw new TsnetError(
        'TSNET_CONFIG',
        `--filter "${key}=${value}": no such key${meant} (${known.join(', ')})`,
      );
    }
    byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return items.filter((item) =>
    [...byKey].every(([key, values]) => {
      const isMeant = (value: string): boolean => filters[key]?.(item, value) === true;
      return key === 'label' ? values.every(isMeant) : values.some(isMeant);
    }),
  );
}

/** The text of a listing, as its options say. Throws TSNET_CONFIG. */
export function listingText<Item extends object>(
  items: readonly Item[],
  { format, quiet, filter }: ListingOptions,
  listing: Listing<Item>,
): string {
  return chosenText(chooseItems(items, filter, listing), { format, quiet }, listing);
}

/** The same of items that are chosen already. */
export function chosenText<Item extends object>(
  chosen: readonly Item[],
  { format, quiet }: Pick<ListingOptions, 'format' | 'quiet'>,
  listing: Listing<Item>,
): string {
  const { plain, brief, json } = listing;
  if (quiet && (format ?? 'table') === 'table') return chosen.map((item) => `${brief(item)}\n`).join('');
  if (format === 'json' && json !== undefined) return json(chosen);
  if (typeof plain === 'function' && ['text', undefined].includes(format)) return plain(chosen);
  return formatItems(format ?? (typeof plain === 'string' ? plain : 'table'), chosen, listing);
}
