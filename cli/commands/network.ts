// `tsnet network`: create, ls, inspect, rm, filter.
import { Command } from 'commander';
import { Cidr, Ip } from '../../address/index.ts';
import { Host } from '../../cnm/host.ts';
import { parseEgress } from '../../cnm/egress-text.ts';
import { allNetworks, createNetwork, removeNetwork } from '../../cnm/network.ts';
import type { SubnetSpec } from '../../cnm/network.ts';
import { EGRESS_OPTION, INTERNAL } from '../../cnm/network-options.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';
import { findNetworkView, networkJson, networkViews } from '../network-view.ts';
import { json } from '../output/json.ts';
import { table } from '../output/table.ts';
import { addConnect } from './network-connect.ts';
import { addFilter } from './network-filter.ts';

interface CreateOptions {
  subnet: string[];
  gateway: string[];
  ipRange: string[];
  ipv6: boolean;
  internal: boolean;
  opt: string[];
  label: string[];
  egress: string[];
}

export function addNetwork(tsnet: Command, context: Context): void {
  const network = tsnet.command('network').description('define networks');
  addCreate(network, context);
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

function addCreate(network: Command, context: Context): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  network
    .command('create')
    .description('define a network')
    .argument('<name>', 'the name of the network')
    .option('--subnet <cidr>', 'a subnet; may be repeated, also for IPv6', collect, [])
    .option('--gateway <address>', 'the gateway of the subnet it lies in', collect, [])
    .option('--ip-range <cidr>', 'give addresses from this part of a subnet', collect, [])
    .option('--ipv6', 'with an IPv6 subnet, an automatic one if none is named', false)
    .option('--internal', 'without any way out or in', false)
    .option('-o, --opt <name=value>', 'an option under the name Docker gave it', collect, [])
    .option(
      '--egress <policy>',
      'what members may call: internet, local, none, or a destination such as 10.0.0.0/8:443/tcp; may be repeated',
      collect,
      [],
    )
    .option('--label <name=value>', 'a label', collect, [])
    .action((name: string, options: CreateOptions) => {
      const created = Host.with(context.env, (host) =>
        createNetwork(host, {
          name,
          subnets: readSubnets(options),
          hasIpv6: options.ipv6,
          options: optionsOf(options),
          labels: pairs('--label', options.label),
        }),
      );
      context.out(`${created.id}\n`);
    });
}

function optionsOf(options: CreateOptions): Record<string, string> {
  const named = { ...pairs('--opt', options.opt), ...egressOption(options) };
  return options.internal ? { ...named, [INTERNAL]: 'true' } : named;
}

// Who says both may mean either.
function egressOption({ egress, opt }: CreateOptions): Record<string, string> {
  if (egress.length === 0) return {};
  if (opt.some((text) => text.split('=')[0] === EGRESS_OPTION))
    throw new TsnetError('TSNET_CONFIG', `--egress and --opt ${EGRESS_OPTION}: say it once`);
  const text = egress.join(',');
  parseEgress('--egress', text);
  return { [EGRESS_OPTION]: text };
}

function pairs(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at === 0 || text === '')
        throw new TsnetError('TSNET_CONFIG', `${option} "${text}": must be name=value`);
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

// As with Docker, gateways and ranges belong to the subnet that they lie in.
function readSubnets({ subnet, gateway, ipRange }: CreateOptions): SubnetSpec[] {
  const gateways = gateway.map((text) => Ip.parse(text));
  const ranges = ipRange.map((text) => Cidr.parse(text));
  const subnets = subnet.map((text) => {
    const cidr = Cidr.parse(text);
    return {
      cidr,
      gateway: gateways.find((ip) => cidr.contains(ip)),
      range: ranges.find((range) => cidr.containsCidr(range)),
    };
  });
  const lost =
    gateways.find((ip) => !subnets.some((one) => one.gateway === ip)) ??
    ranges.find((range) => !subnets.some((one) => one.range === range));
  if (lost !== undefined) {
    const option = lost instanceof Ip ? '--gateway' : '--ip-range';
    throw new TsnetError(
      'TSNET_CONFIG',
      `${option} ${lost.toString()}: no subnet that it belongs to is given with --subnet, or that has one already`,
    );
  }
  return subnets;
}
