// The subnets of a network: what a person asks for, completed and checked.
import type { Cidr, Family, Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { Subnet } from '../state/network.ts';
import type { Host } from './host.ts';
import { MTU_OPTION } from './network-options.ts';
import type { NetworkOptions } from './network-options.ts';
import { chooseSubnet } from './subnet-choice.ts';

/** The least that IPv6 needs, in bytes (RFC 8200, section 5). */
const IPV6_MTU = 1280;

/** A subnet as a person asks for it. */
export interface SubnetSpec {
  readonly cidr: Cidr;
  readonly gateway?: Ip | undefined;
  readonly range?: Cidr | undefined;
  /** Addresses that nobody is given, by the names of what has them. */
  readonly reserved?: Readonly<Record<string, Ip>> | undefined;
}

/**
 * The subnets of a network that asks for these: where none is IPv4 an automatic one is added, and with `hasIpv6` where none
 * is IPv6. None overlaps those that are `taken`. Throws TSNET_CONFIG or TSNET_EXHAUSTED.
 */
export function decideSubnets(
  host: Host,
  { subnets, hasIpv6 }: { readonly subnets: readonly SubnetSpec[]; readonly hasIpv6: boolean },
  taken: readonly Cidr[],
): Subnet[] {
  const wanted: SubnetSpec[] = [...subnets];
  const has = (family: Family): boolean => wanted.some(({ cidr }) => cidr.family === family);
  if (!has(4)) wanted.push({ cidr: chooseSubnet(host, 4, taken) });
  if (hasIpv6 && !has(6)) wanted.push({ cidr: chooseSubnet(host, 6, taken) });
  return completeSubnets(wanted);
}

/** Completes subnets: the gateway is the first address where none is named. Throws TSNET_CONFIG. */
export function completeSubnets(wanted: readonly SubnetSpec[]): Subnet[] {
  for (const [at, { cidr }] of wanted.entries()) {
    const other = wanted.slice(0, at).find((one) => one.cidr.overlaps(cidr));
    if (other !== undefined)
      throw new TsnetError(
        'TSNET_CONFIG',
        `subnet ${cidr.toString()} overlaps with ${other.cidr.toString()} of the same network`,
      );
  }
  return wanted.map(decideSubnet);
}

function decideSubnet({ cidr, gateway, range, reserved = {} }: SubnetSpec): Subnet {
  if (cidr.size < 4n)
    throw new TsnetError('TSNET_CONFIG', `subnet ${cidr.toString()} is too small to allocate from`);
  if (gateway !== undefined && !cidr.contains(gateway)) {
    throw new TsnetError('TSNET_CONFIG', `gateway ${gateway.toString()} is not in subnet ${cidr.toString()}`);
  }
  if (range !== undefined && !cidr.containsCidr(range)) {
    throw new TsnetError('TSNET_CONFIG', `ip-range ${range.toString()} is not in subnet ${cidr.toString()}`);
  }
  const decided = { cidr, gateway: gateway ?? cidr.first.plus(1n), range, reserved };
  for (const [name, ip] of Object.entries(reserved)) assertReservable(decided, name, ip);
  return decided;
}

/** Throws TSNET_CONFIG when links with that MTU cannot carry one of these subnets. */
export function assertMtu({ mtu }: Pick<NetworkOptions, 'mtu'>, subnets: readonly Subnet[]): void {
  const ipv6 = subnets.find(({ cidr }) => cidr.family === 6);
  if (ipv6 === undefined || mtu === undefined || mtu >= IPV6_MTU) return;
  throw new TsnetError(
    'TSNET_CONFIG',
    `option ${MTU_OPTION} "${mtu}": must be ${IPV6_MTU} at least with an IPv6 subnet (${ipv6.cidr.toString()})`,
  );
}

function assertReservable({ cidr, gateway, reserved }: Subnet, name: string, ip: Ip): void {
  const text = `aux-address ${name}=${ip.toString()}`;
  if (!cidr.contains(ip))
    throw new TsnetError('TSNET_CONFIG', `${text}: is not in subnet ${cidr.toString()}`);
  if (ip.equals(gateway)) throw new TsnetError('TSNET_CONFIG', `${text}: is the gateway's address`);
  const other = Object.keys(reserved).find((one) => one !== name && reserved[one]?.equals(ip) === true);
  if (other !== undefined) throw new TsnetError('TSNET_CONFIG', `${text}: is the address of ${other}`);
}
