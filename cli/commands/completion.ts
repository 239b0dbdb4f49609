// `tsnet completion`: what a shell has to be told to complete words of tsnet's; and what it asks then.
import { Argument } from 'commander';
import type { Command } from 'commander';
import { complete } from '../completion/candidates.ts';
import { namesOn } from '../completion/names.ts';
import { scripts } from '../completion/scripts.ts';
import type { Context } from '../context.ts';

export function addCompletion(tsnet: Command, context: Context): void {
  const shells = Object.keys(scripts) as (keyof typeof scripts)[];
  tsnet
    .command('completion')
    .description('print what makes a shell complete words: source <(tsnet completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell: keyof typeof scripts) => {
      context.out(scripts[shell]);
    });
  tsnet
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .passThroughOptions()
    .allowUnknownOption()
    .action((words: string[]) => {
      const { candidates, paths } = complete(tsnet, words, namesOn(context.env));
      const lines = candidates.map(({ word, description }) => `${word}\t${description}\n`);
      context.out(`${lines.join('')}:${paths}\n`);
    });
}
