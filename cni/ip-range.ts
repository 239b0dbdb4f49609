// A range of addresses to allocate from, in the form of host-local and of the ipRanges capability.

import type { Cidr, Ip } from '../address/index.ts';
import { cidrText, ipText } from './address-text.ts';
import { goObject, optional, required } from './go-json.ts';
import { checked, list } from './reader.ts';
import type { Report } from './reader.ts';

/** A part of `subnet`, both ends included; without ends it is all of it. */
export interface IpRange {
  subnet: Cidr;
  rangeStart?: Ip | undefined;
  rangeEnd?: Ip | undefined;
  gateway?: Ip | undefined;
}

/** The keys of a range. */
export const ipRangeShape = {
  subnet: required(cidrText),
  rangeStart: optional(ipText),
  rangeEnd: optional(ipText),
  gateway: optional(ipText),
};

/** Reports what is wrong with `range` under the key at fault. */
export function checkIpRange(range: IpRange, report: Report): void {
  const { subnet, rangeStart, rangeEnd } = range;
  // Network address, broadcast or router anycast, and gateway leave nothing to give.
  if (subnet.prefix >= (subnet.family === 4 ? 31 : 127))
    report(['subnet'], `Network ${subnet.toString()} too small to allocate from`);
  for (const key of ['rangeStart', 'rangeEnd', 'gateway'] as const) {
    const ip = range[key];
    if (ip && !subnet.contains(ip)) report([key], `not in the subnet ${subnet.toString()}`);
  }
  if (rangeStart && rangeEnd && rangeStart.compare(rangeEnd) > 0)
    report(['rangeStart'], `comes after rangeEnd ${rangeEnd.toString()}`);
}

function checkRangeSet(ranges: IpRange[], report: Report): void {
  if (ranges.length === 0) report([], 'a range set needs at least one range');
  const family = ranges[0]?.subnet.family;
  const other = ranges.findIndex(({ subnet }) => subnet.family !== family);
  if (other !== -1)
    report([other, 'subnet'], 'IPv4 and IPv6 in one range set: give each family a set of its own');
}

/** A set of ranges of one family; an endpoint gets one address from each set. */
export const rangeSet = checked(list(checked(goObject(ipRangeShape), checkIpRange)), checkRangeSet);

/** Tells whether an address could be given from both ranges. */
export function rangesOverlap(a: IpRange, b: IpRange): boolean {
  if (a.subnet.family !== b.subnet.family) return false;
  const isBefore = (x: IpRange, y: IpRange) =>
    (x.rangeEnd ?? x.subnet.last).compare(y.rangeStart ?? y.subnet.first) < 0;
  return !isBefore(a, b) && !isBefore(b, a);
}

/** `10.1.0.0/24`, or `10.1.0.0/24 (10.1.0.5-10.1.0.255)` when the range is not all of its subnet. */
export function formatIpRange({ subnet, rangeStart, rangeEnd }: IpRange): string {
  if (!rangeStart && !rangeEnd) return subnet.toString();
  return `${subnet.toString()} (${(rangeStart ?? subnet.first).toString()}-${(rangeEnd ?? subnet.last).toString()})`;
}
