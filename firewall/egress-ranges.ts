// Blocks of addresses that the egress policies know: what is not the internet, and what is private.
import { Cidr, Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';

/** From the first to the last address, both included. */
export interface AddressRange {
  readonly first: Ip;
  readonly last: Ip;
}

/**
 * IPv4 addresses that are nobody's on the internet: the registry of special-purpose addresses (RFC 6890, and what IANA has
 * added since), all of multicast and of the reserved class E. 168.63.129.16 is Azure's: it tells machines who they are, and
 * looks public.
 */
const SPECIAL_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Of 2000::/3, all that IANA has given away: protocol assignments with Teredo, documentation, 6to4, documentation. */
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const GLOBAL_UNICAST = Cidr.parse('2000::/3');

/** IPv4 addresses behind a translator (RFC 6052): those of the internet are of the internet there, too. */
const TRANSLATED = Cidr.parse('64:ff9b::/96');

const PRIVATE: Record<Family, readonly string[]> = {
  4: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], // RFC 1918
  6: ['fc00::/7'], // RFC 4193
};

/** Where Amazon and Google tell machines who they are, in private ranges. */
const METADATA = ['fd00:ec2::254', 'fd20:ce::254'].map((text) => Ip.parse(text));

function rangeOf(text: string): AddressRange {
  return Cidr.parse(text);
}

function translated({ first, last }: AddressRange): AddressRange {
  const within = (ip: Ip): Ip => Ip.fromValue(6, TRANSLATED.first.value + ip.value);
  return { first: within(first), last: within(last) };
}

/** What is left of a range without one of its addresses. */
function without({ first, last }: AddressRange, ip: Ip): AddressRange[] {
  if (ip.family !== first.family || ip.compare(first) < 0 || ip.compare(last) > 0) return [{ first, last }];
  const below = ip.equals(first) ? [] : [{ first, last: ip.plus(-1n) }];
  return ip.equals(last) ? below : [...below, { first: ip.plus(1n), last }];
}

/** All that is not the internet; no two ranges share an address. */
export function specialRanges(family: Family): AddressRange[] {
  const ranges4 = SPECIAL_4.map(rangeOf);
  if (family === 4) return ranges4;
  const all = Cidr.parse('::/0');
  return [
    { first: all.first, last: TRANSLATED.first.plus(-1n) },
    ...ranges4.map(translated),
    { first: TRANSLATED.last.plus(1n), last: GLOBAL_UNICAST.first.plus(-1n) },
    ...SPECIAL_6.map(rangeOf),
    { first: GLOBAL_UNICAST.last.plus(1n), last: all.last },
  ];
}

/** Private addresses, but for those that tell a machine who it is; no two ranges share an address. */
export function privateRanges(family: Family): AddressRange[] {
  return METADATA.reduce<AddressRange[]>(
    (ranges, ip) => ranges.flatMap((range) => without(range, ip)),
    PRIVATE[family].map(rangeOf),
  );
}
