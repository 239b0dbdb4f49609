// `tsnet network create`.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { createNetwork } from '../../cnm/network.ts';
import type { Context } from '../context.ts';
import { addOptionWords, addSubnetWords, collect, optionsOf, pairs, readSubnets } from '../network-words.ts';
import type { OptionWords, SubnetWords } from '../network-words.ts';

interface Options extends SubnetWords, OptionWords {
  readonly ipv6: boolean;
  readonly label: string[];
}

/** Adds the command to `tsnet network`. */
export function addCreate(network: Command, context: Context): void {
  const create = network
    .command('create')
    .description('define a network')
    .argument('<name>', 'the name of the network');
  addOptionWords(addSubnetWords(create))
    .option('--ipv6', 'with an IPv6 subnet, an automatic one if none is named', false)
    .option('--internal', 'without any way out or in', false)
    .option('--label <name=value>', 'a label; may be repeated', collect, [])
    .action((name: string, options: Options) => {
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
