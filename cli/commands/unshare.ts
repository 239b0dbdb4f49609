// `tsnet unshare`: a private world of an ordinary user, in which he is root.
import type { Command } from 'commander';
import { Option } from 'commander';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';

/** Adds the command. */
export function addUnshare(tsnet: Command, context: Context): void {
  tsnet
    .command('unshare')
    .description(
      'run a command, or a shell, in a private world where you are root and all of tsnet works; it has no way to the outside, and its ports are not on this host',
    )
    .usage('[--] [command...]')
    .argument('[command...]', 'the command and its arguments')
    .addOption(new Option('--inside').hideHelp().default(false))
    .passThroughOptions()
    .action(async (words: string[], { inside }: { inside: boolean }) => {
      const { beginWorld, enterWorld } = await import('../world.ts');
      const argv = words[0] === '--' ? words.slice(1) : words;
      try {
        throw new CommandExit((inside ? beginWorld : enterWorld)(context, argv));
      } catch (error) {
        throw failureOf(error);
      }
    });
}
