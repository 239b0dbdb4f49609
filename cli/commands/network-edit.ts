// `tsnet network edit`: changes a network, while sandboxes are on it, too.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { editNetwork } from '../../cnm/edit-network.ts';
import type { Context } from '../context.ts';
import {
  addOptionWords,
  addSubnetWords,
  collect,
  optionsOf,
  pairs,
  readReserved,
  readSubnets,
} from '../network-words.ts';
import type { OptionWords, SubnetWords } from '../network-words.ts';

interface Options extends SubnetWords, OptionWords {
  readonly auxRm: string[];
  readonly optRm: string[];
  readonly labelAdd: string[];
  readonly labelRm: string[];
}

/** Adds the command to `tsnet network`. */
export function addEdit(network: Command, context: Context): void {
  const edit = network
    .command('edit')
    .description('change a network, while sandboxes are on it, too')
    .argument('<network>', 'a name or id');
  addOptionWords(addSubnetWords(edit))
    .option('--aux-rm <name>', 'a reserved address that may be given again; may be repeated', collect, [])
    .option(
      '--opt-rm <name>',
      'an option that is to be as if it had never been given; may be repeated',
      collect,
      [],
    )
    .option('--label-add <name=value>', 'a label to add or to change; may be repeated', collect, [])
    .option('--label-rm <name>', 'a label to take away; may be repeated', collect, [])
    .action((name: string, options: Options) => {
      const { network: edited, later } = Host.with(context.env, (host) =>
        editNetwork(host, name, {
          ...readAdditions(options),
          withoutReserved: options.auxRm,
          options: optionsOf(options),
          withoutOptions: options.optRm,
          labels: pairs('--label-add', options.labelAdd),
          withoutLabels: options.labelRm,
        }),
      );
      for (const option of later) context.err(`tsnet: ${option}: for those who join from now on\n`);
      context.out(`${edited.name}\n`);
    });
}

// A reserved address may lie in a subnet that the network has already.
function readAdditions(words: SubnetWords) {
  const reserved = readReserved(words.auxAddress);
  return { subnets: readSubnets({ ...words, auxAddress: [] }), reserved };
}
