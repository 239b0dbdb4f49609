// Chooses subnets for networks that name none: on nothing that the host already reaches.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { Cidr, Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { subnetsOf } from '../address/subnets.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { RT_TABLE, RTN } from '../netlink/route/constants.ts';
import { listLinks } from '../netlink/route/link.ts';
import { listRoutes } from '../netlink/route/route.ts';
import { foreignFolders, foreignSubnets } from './foreign-subnets.ts';
import type { Host } from './host.ts';
import { subnetPools } from './subnet-pools.ts';

const IPV6_PREFIX = 64;

function nameservers(): Ip[] {
  let text: string;
  try {
    text = readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return [];
  }
  return [...text.matchAll(/^\s*nameserver\s+([0-9a-fA-F.:]+)/gm)].flatMap(([, address = '']) => {
    try {
      return [Ip.parse(address)];
    } catch {
      return [];
    }
  });
}

/** What the host reaches: every route but the default ones, every address, every nameserver, what others have defined. */
function inUse(host: Host): Cidr[] {
  const whole = (ip: Ip): Cidr => Cidr.of(ip, ip.family === 4 ? 32 : 128);
  return [
    ...listRoutes(host.route).map(({ dst }) => dst),
    ...listAddresses(host.route).map(({ address }) => address.network),
    ...nameservers().map(whole),
    ...foreignSubnets(foreignFolders(homedir())),
  ].filter(({ prefix }) => prefix > 0);
}

/** What a subnet that a person names would hide a part of, in words: the host's routes that it overlaps. */
export function overlappedBy(host: Host, cidr: Cidr): string[] {
  const names = new Map(listLinks(host.route).map(({ index, ifname }) => [index, ifname]));
  return listRoutes(host.route)
    .filter(({ dst, table, type }) => dst.prefix > 0 && table === RT_TABLE.MAIN && type === RTN.UNICAST)
    .filter(({ dst }) => !dst.network.isLinkLocal && dst.overlaps(cidr))
    .map(({ dst, oif }) => `the route to ${dst.toString()} by ${names.get(oif ?? 0) ?? 'nothing'}`);
}

// RFC 4193, 3.2.2: a prefix nobody else is likely to have made up, too.
function randomUniqueLocal(): Cidr {
  const bytes = new Uint8Array(16);
  bytes.set(crypto.getRandomValues(new Uint8Array(5)), 1);
  bytes[0] = 0xfd;
  return Cidr.of(Ip.fromBytes(bytes), IPV6_PREFIX);
}

function* candidates(host: Host, family: Family): Generator<Cidr, void, undefined> {
  if (family === 6) yield randomUniqueLocal();
  else for (const { base, prefix } of subnetPools(host.places.state)) yield* subnetsOf(base, prefix);
}

/** A free subnet of `family` that overlaps none of `taken`. Throws TSNET_EXHAUSTED, or TSNET_CONFIG for wrong pools. */
export function chooseSubnet(host: Host, family: Family, taken: readonly Cidr[]): Cidr {
  const occupied = [...inUse(host), ...taken];
  for (const candidate of candidates(host, family))
    if (!occupied.some((one) => one.overlaps(candidate))) return candidate;
  throw new TsnetError(
    'TSNET_EXHAUSTED',
    `no free subnet is left in the automatic pools: name one with --subnet, or add pools to ${host.places.state}/config.json`,
  );
}
