// Cutting a block of addresses into smaller ones: for choosing a network's subnet, never on the path of an ADD.
import IPCIDR from 'ip-cidr';
import { TsnetError } from '../errors/tsnet-error.ts';
import { Cidr } from './cidr.ts';
import { addressBits, Ip } from './ip.ts';
import { requirePrefix } from './prefix.ts';

/**
 * Returns the blocks of `prefix` bits that `cidr` is made of, lowest first, each made when it is asked for (a /64 has
 * 2^64 of /128). Throws TSNET_ADDRESS at once when `prefix` is shorter than the block's or beyond the family's.
 */
export function subnetsOf(cidr: Cidr, prefix: number): Iterable<Cidr> {
  requirePrefix('subnets', cidr.family, prefix);
  if (prefix < cidr.prefix) {
    throw new TsnetError('TSNET_ADDRESS', `subnets: /${prefix} is larger than ${cidr.toString()}`);
  }
  return { [Symbol.iterator]: () => blocks(cidr, prefix) };
}

function* blocks(cidr: Cidr, prefix: number): Generator<Cidr, void, undefined> {
  const range = rangeOf(cidr);
  const end = range.end<bigint>({ type: 'bigInteger' });
  const step = 1n << BigInt(addressBits[cidr.family] - prefix);
  for (let value = range.start<bigint>({ type: 'bigInteger' }); value <= end; value += step) {
    yield Cidr.of(Ip.fromValue(cidr.family, value), prefix);
  }
}

// ip-cidr takes a dotted IPv4-mapped network for an IPv4 one and keeps its prefix, so IPv6 goes in as plain groups.
function rangeOf({ family, network, prefix }: Cidr): IPCIDR {
  const hex = network.value.toString(16).padStart(32, '0');
  const text = family === 4 ? network.toString() : hex.replaceAll(/(.{4})(?!$)/g, '$1:');
  return new IPCIDR(`${text}/${prefix}`);
}
