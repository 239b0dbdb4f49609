// `tsnet network create`.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cidr } from '../../address/index.ts';
import { Host } from '../../cnm/host.ts';
import { createNetwork } from '../../cnm/network.ts';
import { overlappedBy } from '../../cnm/subnet-choice.ts';
import type { Context } from '../context.ts';
import { addOptionWords, addSubnetWords, collect, optionsOf, pairs, readSubnets } from '../network-words.ts';
import type { OptionWords, SubnetWords } from '../network-words.ts';

interface Options extends SubnetWords, OptionWords {
  readonly ipv6: boolean;
  readonly label: string[];
}

// It is a person's own wish; but he may not know.
function warn(context: Context, host: Host, cidr: Cidr): void {
  for (const other of overlappedBy(host, cidr))
    context.err(`tsnet: subnet ${cidr.toString()} overlaps ${other}: once it is used, it hides that part\n`);
}

/** Adds the command to `tsnet network`. */
export function addCreate(network: Command, context: Context): void {
  const create = network
    .command('create')
    .description('define a network')
    .argument('<name>', 'the name of the network');
  addOptionWords(addSubnetWords(create))
    .addOption(new Option('-d, --driver <driver>', 'accepted: bridge').choices(['bridge']))
    .option('--ipv6', 'with an IPv6 subnet, an automatic one if none is named', false)
    .option('--internal', 'without any way out or in', false)
    .option('--label <name=value>', 'a label; may be repeated', collect, [])
    .action((name: string, options: Options) => {
      const subnets = readSubnets(options);
      const created = Host.with(context.env, (host) => {
        const spec = { hasIpv6: options.ipv6, options: optionsOf(options) };
        const network = createNetwork(host, {
          name,
          subnets,
          ...spec,
          labels: pairs('--label', options.label),
        });
        for (const { cidr } of subnets) warn(context, host, cidr);
        return network;
      });
      context.out(`${created.id}\n`);
    });
}
