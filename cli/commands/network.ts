// `tsnet network`: ls, inspect, rm; and the commands that have a file of their own.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { allNetworks, removeNetwork } from '../../cnm/network.ts';
import type { Context } from '../context.ts';
import { findNetworkView, networkJson, networkViews } from '../network-view.ts';
import { json } from '../output/json.ts';
import { table } from '../output/table.ts';
import { addConnect } from './network-connect.ts';
import { addCreate } from './network-create.ts';
import { addEdit } from './network-edit.ts';
import { addFilter } from './network-filter.ts';
import { addPrune } from './network-prune.ts';

export function addNetwork(tsnet: Command, context: Context): void {
  const network = tsnet.command('network').description('define networks');
  addCreate(network, context);
  addEdit(network, context);
  addPrune(network, context);
  addConnect(network, context);
  addFilter(network, context);
  network
    .command('ls')
    .description('list networks')
    .action(() => {
      const views = Host.with(context.env, (host) => networkViews(allNetworks(host)));
      const rows = views.map(({ id, name, driver }) => [id.slice(0, 12), name, driver, 'local']);
      context.out(table(['NETWORK ID', 'NAME', 'DRIVER', 'SCOPE'], rows));
    });
  network
    .command('inspect')
    .description('tell all about networks, as JSON in the shape of docker network inspect')
    .argument('<network...>', 'names or ids')
    .action((names: string[]) => {
      Host.with(context.env, (host) => {
        const views = networkViews(allNetworks(host));
        context.out(json(names.map((name) => networkJson(host, findNetworkView(views, name)))));
      });
    });
  network
    .command('rm')
    .description('forget networks')
    .argument('<network...>', 'names or ids')
    .action((names: string[]) => {
      const removed = Host.with(context.env, (host) => names.map((name) => removeNetwork(host, name).name));
      context.out(removed.map((name) => `${name}\n`).join(''));
    });
}
