// Commands that do the same to several things.
import { CommandExit } from './command-exit.ts';
import type { Context } from './context.ts';
import { messageOf } from './failure.ts';

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
