// Ranges: the part of a subnet that a network gives addresses from.
import { Ip } from '../address/index.ts';
import type { Cidr } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';

/** A range as a configuration states it; what is left out follows from the subnet. */
export interface RangeSpec {
  readonly subnet: Cidr;
  readonly rangeStart?: Ip | undefined;
  readonly rangeEnd?: Ip | undefined;
  readonly gateway?: Ip | undefined;
}

/** A range with everything decided. The gateway is never given away. */
export interface Range {
  readonly subnet: Cidr;
  readonly first: Ip;
  readonly last: Ip;
  readonly gateway: Ip;
}

/** Ranges of one family that stand for each other: an endpoint gets one address of each set. */
export type RangeSet = readonly Range[];

/**
 * Decides a range: by default from the first host address to the last (IPv4 keeps its broadcast address back), with
 * the first as gateway. Throws TSNET_CONFIG when something lies outside the subnet or the subnet is too small.
 */
export function decideRange({ subnet, rangeStart, rangeEnd, gateway }: RangeSpec): Range {
  if (subnet.size < 4n) {
    throw new TsnetError('TSNET_CONFIG', `Network ${subnet.toString()} too small to allocate from`);
  }
  const outside = Object.entries({ rangeStart, rangeEnd, gateway }).find(
    ([, ip]) => ip !== undefined && !subnet.contains(ip),
  );
  if (outside !== undefined) {
    const [key, ip] = outside;
    throw new TsnetError('TSNET_CONFIG', `${key} "${String(ip)}" is not in subnet ${subnet.toString()}`);
  }
  const firstHost = subnet.first.plus(1n);
  const lastHost = subnet.family === 4 ? subnet.last.plus(-1n) : subnet.last;
  const range = {
    subnet,
    first: rangeStart ?? firstHost,
    last: rangeEnd ?? lastHost,
    gateway: gateway ?? firstHost,
  };
  if (range.first.compare(range.last) > 0) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `rangeStart "${range.first.toString()}" is behind rangeEnd "${range.last.toString()}"`,
    );
  }
  return range;
}

const decided = new WeakMap<readonly RangeSpec[], RangeSet>();

/** Decides the ranges of a set, once: the set of a network is decided for each of its containers. Throws as `decideRange`. */
export function decideRanges(specs: readonly RangeSpec[]): RangeSet {
  const set = decided.get(specs) ?? specs.map(decideRange);
  decided.set(specs, set);
  return set;
}

const names = new WeakMap<RangeSet, string>();

/** How a range set is named in errors and in the store: `10.1.0.1-10.1.0.254`. */
export function rangeSetName(set: RangeSet): string {
  const name =
    names.get(set) ?? set.map(({ first, last }) => `${first.toString()}-${last.toString()}`).join(',');
  names.set(set, name);
  return name;
}

/** The range of a set that an address lies in. */
export function rangeOf(set: RangeSet, ip: Ip): Range | undefined {
  return set.find(
    ({ first, last }) => ip.family === first.family && ip.compare(first) >= 0 && ip.compare(last) <= 0,
  );
}
