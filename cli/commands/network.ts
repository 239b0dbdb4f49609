// `tsnet network`: ls, inspect, rm; and the commands that have a file of their own.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { removeNetwork } from '../../cnm/network.ts';
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';
import { addConnect } from './network-connect.ts';
import { addCreate } from './network-create.ts';
import { addEdit } from './network-edit.ts';
import { addFilter } from './network-filter.ts';
import { addImport } from './network-import.ts';
import { addInspectNetwork, addList } from './network-list.ts';
import { addPrune } from './network-prune.ts';

export function addNetwork(tsnet: Command, context: Context): void {
  const network = tsnet.command('network').description('define networks');
  addCreate(network, context);
  addEdit(network, context);
  addPrune(network, context);
  addConnect(network, context);
  addFilter(network, context);
  addImport(network, context);
  addList(network, context);
  addInspectNetwork(network, context);
  network
    .command('rm')
    .description('forget networks')
    .argument('<network...>', 'names or ids')
    .action((names: string[]) => {
      Host.with(context.env, (host) => {
        forEach(context, names, (name) => removeNetwork(host, name).name);
      });
    });
}
