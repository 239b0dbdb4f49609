// A network as the command line that makes it.
import { INTERNAL } from '../../cnm/network-options.ts';
import type { NetworkSpec } from '../../cnm/network.ts';

/** The `tsnet network create` that makes it, for a shell. */
export function createCommand({ name, subnets, hasIpv6, options, labels }: NetworkSpec): string {
  const isAutomatic = hasIpv6 && subnets.every(({ cidr }) => cidr.family === 4);
  const { [INTERNAL]: internal, ...others } = options;
  const words = [
    ...subnets.flatMap(({ cidr, gateway, range, reserved = {} }) => [
      ...['--subnet', cidr.toString()],
      ...(gateway === undefined ? [] : ['--gateway', gateway.toString()]),
      ...(range === undefined ? [] : ['--ip-range', range.toString()]),
      ...Object.entries(reserved).flatMap(([key, ip]) => ['--aux-address', `${key}=${ip.toString()}`]),
    ]),
    ...(isAutomatic ? ['--ipv6'] : []),
    ...(internal === 'true' ? ['--internal'] : []),
    ...Object.entries(others).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    name,
  ];
  return `tsnet network create ${words.map(quoted).join(' ')}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
