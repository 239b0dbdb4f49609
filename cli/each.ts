// Commands that do the same to several things.
import { isTsnetError } from '../errors/tsnet-error.ts';
import { CommandExit } from './command-exit.ts';
import type { Context } from './context.ts';
import { messageOf } from './failure.ts';
import { formatInspected } from './output/format.ts';
import { json } from './output/json.ts';

/**
 * Does something to each of these and prints what it gives. What fails is told, the others are done. Throws CommandExit when
 * any has failed.
 */
export function forEach(
  { out, err }: Pick<Context, 'out' | 'err'>,
  names: readonly string[],
  work: (name: string) => string,
): void {
  let hasFailed = false;
  for (const name of names) {
    try {
      out(`${work(name)}\n`);
    } catch (error) {
      hasFailed = true;
      err(`tsnet: ${messageOf(error)}\n`);
    }
  }
  if (hasFailed) throw new CommandExit(1);
}

/**
 * Tells all about what is there of these, in one text. What is not is told, too, and the others are told all the same. Throws
 * CommandExit when any is not there.
 */
export function inspectEach(
  context: Pick<Context, 'out' | 'err'>,
  names: readonly string[],
  { view, format }: { readonly view: (name: string) => object; readonly format: string | undefined },
): void {
  const items: object[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      items.push(view(name));
    } catch (error) {
      if (!isTsnetError(error, 'TSNET_NOT_FOUND')) throw error;
      missing.push(messageOf(error));
    }
  }
  context.out(format === undefined ? json(items) : formatInspected(format, items));
  for (const message of missing) context.err(`tsnet: ${message}\n`);
  if (missing.length > 0) throw new CommandExit(1);
}
