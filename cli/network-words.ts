// What `tsnet network create` and `edit` have in common: the words for subnets, options and labels.
import type { Command } from 'commander';
import { Cidr, Ip } from '../address/index.ts';
import { parseEgress } from '../cnm/egress-text.ts';
import { EGRESS_OPTION, INTERNAL, MTU_OPTION } from '../cnm/network-options.ts';
import type { SubnetSpec } from '../cnm/network-subnets.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { ofOption } from './option-value.ts';

/** The words that say subnets. */
export interface SubnetWords {
  readonly subnet: string[];
  readonly gateway: string[];
  readonly ipRange: string[];
  readonly auxAddress: string[];
}

/** The words that say options. */
export interface OptionWords {
  readonly internal?: boolean;
  readonly mtu?: string;
  readonly opt: string[];
  readonly egress: string[];
}

export const collect = (value: string, before: string[]): string[] => [...before, value];

/** Adds the options that say subnets. */
export function addSubnetWords(command: Command): Command {
  return command
    .option('--subnet <cidr>', 'a subnet; may be repeated, also for IPv6', collect, [])
    .option('--gateway <address>', 'the gateway of the subnet it lies in', collect, [])
    .option('--ip-range <cidr>', 'give addresses from this part of a subnet', collect, [])
    .option('--aux-address <name=address>', 'an address that nobody is given; may be repeated', collect, []);
}

/** Adds the options that say options. */
export function addOptionWords(command: Command): Command {
  return command
    .option('--mtu <bytes>', 'the largest packet')
    .option('-o, --opt <name=value>', 'an option under the name Docker gave it; may be repeated', collect, [])
    .option(
      '--egress <policy>',
      'what members may call: internet, local, none, or a destination such as 10.0.0.0/8:443/tcp; may be repeated',
      collect,
      [],
    );
}

/** The options of a network that are said. Who says one twice may mean either: throws TSNET_CONFIG. */
export function optionsOf({ internal = false, mtu, opt, egress }: OptionWords): Record<string, string> {
  const text = egress.join(',');
  if (text !== '') parseEgress('--egress', text);
  const said: [string, string, string | undefined][] = [
    ['--egress', EGRESS_OPTION, text || undefined],
    ['--mtu', MTU_OPTION, mtu],
    ['--internal', INTERNAL, internal ? 'true' : undefined],
  ];
  const named = pairs('--opt', opt);
  for (const [word, name, value] of said) {
    if (value === undefined) continue;
    if (named[name] !== undefined && named[name] !== value)
      throw new TsnetError('TSNET_CONFIG', `${word} and --opt ${name}: say it once`);
    named[name] = value;
  }
  return named;
}

/** Reads name=value, as an object. Throws TSNET_CONFIG for what has no name. */
export function pairs(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at === 0 || text === '')
        throw new TsnetError('TSNET_CONFIG', `${option} "${text}": must be name=value`);
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/**
 * Reads subnets. As with Docker, gateways, ranges and reserved addresses belong to the subnet that they lie in. Throws
 * TSNET_CONFIG for one that lies in none.
 */
export function readSubnets({ subnet, gateway, ipRange, auxAddress }: SubnetWords): SubnetSpec[] {
  const gateways = gateway.map((text) => ofOption('--gateway', () => Ip.parse(text)));
  const ranges = ipRange.map((text) => ofOption('--ip-range', () => Cidr.parse(text)));
  const reserved = readReserved(auxAddress);
  const subnets = subnet.map((text) => {
    const cidr = ofOption('--subnet', () => Cidr.parse(text));
    return {
      cidr,
      gateway: gateways.find((ip) => cidr.contains(ip)),
      range: ranges.find((range) => cidr.containsCidr(range)),
      reserved: Object.fromEntries(Object.entries(reserved).filter(([, ip]) => cidr.contains(ip))),
    };
  });
  const lost = [
    ...gateways
      .filter((ip) => !subnets.some((one) => one.gateway === ip))
      .map((ip) => `--gateway ${ip.toString()}`),
    ...ranges
      .filter((range) => !subnets.some((one) => one.range === range))
      .map((range) => `--ip-range ${range.toString()}`),
    ...Object.entries(reserved)
      .filter(([, ip]) => !subnets.some(({ cidr }) => cidr.contains(ip)))
      .map(([name, ip]) => `--aux-address ${name}=${ip.toString()}`),
  ];
  if (lost[0] !== undefined)
    throw new TsnetError(
      'TSNET_CONFIG',
      `${lost[0]}: no subnet that it belongs to is given with --subnet, or that has one already`,
    );
  return subnets;
}

/** Reads name=address. Throws TSNET_CONFIG for what is neither, and for a name that is said twice. */
export function readReserved(texts: readonly string[]): Record<string, Ip> {
  const reserved = pairs('--aux-address', texts);
  if (Object.keys(reserved).length < texts.length)
    throw new TsnetError('TSNET_CONFIG', `--aux-address ${texts.join(' ')}: a name is given twice`);
  return Object.fromEntries(
    Object.entries(reserved).map(([name, text]) => {
      if (text === '') throw new TsnetError('TSNET_CONFIG', `--aux-address "${name}": must be name=address`);
      return [name, ofOption(`--aux-address ${name}`, () => Ip.parse(text))];
    }),
  );
}
