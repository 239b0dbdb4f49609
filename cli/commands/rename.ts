// `tsnet rename`: another name for a sandbox.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox, giveName } from '../../cnm/sandbox.ts';
import type { Context } from '../context.ts';

export function addRename(tsnet: Command, context: Context): void {
  tsnet
    .command('rename')
    .description('give a sandbox another name')
    .argument('<sandbox>', 'its name or id')
    .argument('<name>', 'the name that it gets')
    .action((nameOrId: string, name: string) => {
      Host.with(context.env, (host) => {
        giveName(host, getSandbox(host, nameOrId), name);
      });
    });
}
