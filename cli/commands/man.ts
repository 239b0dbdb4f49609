// `tsnet man`: man pages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { didYouMean } from '../../errors/nearest.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { documented, manPage, pageName } from '../man-page.ts';

export function addMan(tsnet: Command, context: Context): void {
  tsnet
    .command('man')
    .description('print the man page of a command (tsnet man network create | man -l -), or write all')
    .argument('[words...]', 'the words of the command')
    .option('--dir <folder>', 'write the pages of all commands there')
    .action((words: string[], { dir }: { dir?: string }) => {
      if (dir === undefined) context.out(manPage(find(tsnet, words), packageJson.version));
      else context.out(writeAll(tsnet, dir).join(''));
    });
}

function find(command: Command, [word, ...others]: readonly string[]): Command {
  if (word === undefined) return command;
  const below = documented(command).filter(({ parent }) => parent === command);
  const found = below.find((one) => one.name() === word);
  if (found !== undefined) return find(found, others);
  const meant = didYouMean(
    word,
    below.map((one) => one.name()),
  );
  throw new TsnetError('TSNET_NOT_FOUND', `no command "${word}"${meant}`);
}

function writeAll(tsnet: Command, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return documented(tsnet).map((command) => {
    const file = join(folder, `${pageName(command)}.1`);
    writeFileSync(file, manPage(command, packageJson.version));
    return `${file}\n`;
  });
}
