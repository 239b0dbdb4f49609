import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it, test } from 'vitest';

import { Cidr } from './cidr.ts';
import { subnetsOf } from './subnets.ts';
import { Ip, type Family } from './ip.ts';

const bits = { 4: 32, 6: 128 };

function ipsOf(family: Family): fc.Arbitrary<Ip> {
  return fc
    .bigInt({ min: 0n, max: (1n << BigInt(bits[family])) - 1n })
    .map((value) => Ip.fromValue(family, value));
}

function cidrsOf(family: Family): fc.Arbitrary<Cidr> {
  return fc.tuple(ipsOf(family), fc.nat(bits[family])).map(([ip, prefix]) => Cidr.of(ip, prefix));
}

const families = fc.constantFrom<Family>(4, 6);
const ips = families.chain(ipsOf);
const cidrs = families.chain(cidrsOf);
/** A block, and an address that is often in it or just beside it. */
const nearby = cidrs.chain((cidr) =>
  fc.tuple(
    fc.constant(cidr),
    fc.oneof(
      ips,
      fc
        .bigInt({ min: cidr.first.value - 1n, max: cidr.last.value + 1n })
        .filter((value) => value >= 0n && value >> BigInt(bits[cidr.family]) === 0n)
        .map((value) => Ip.fromValue(cidr.family, value)),
    ),
  ),
);
/** Two blocks, often one inside the other. */
const pairs = fc.oneof(
  fc.tuple(cidrs, cidrs),
  cidrs.chain((cidr) =>
    fc.tuple(
      fc.constant(cidr),
      fc.nat(bits[cidr.family]).map((prefix) => Cidr.of(cidr.last, prefix)),
    ),
  ),
);

describe('parse', () => {
  test.each([
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255', 1n << 32n],
    ['10.1.0.0/24', '10.1.0.0', '10.1.0.255', 256n],
    ['10.0.0.2/31', '10.0.0.2', '10.0.0.3', 2n],
    ['10.0.0.1/32', '10.0.0.1', '10.0.0.1', 1n],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1n << 128n],
    ['fd00:0::/64', 'fd00::', 'fd00::ffff:ffff:ffff:ffff', 1n << 64n],
    ['::1/128', '::1', '::1', 1n],
    ['::ffff:10.0.0.0/104', '::ffff:10.0.0.0', '::ffff:10.255.255.255', 1n << 24n],
    ['::ffff:0:0/96', '::ffff:0.0.0.0', '::ffff:255.255.255.255', 1n << 32n],
  ])('%s', (text, first, last, size) => {
    const cidr = Cidr.parse(text);
    expect([cidr.first.toString(), cidr.last.toString(), cidr.size]).toEqual([first, last, size]);
    expect(JSON.stringify([cidr])).toBe(`["${first}/${cidr.prefix}"]`);
  });

  test.each([
    ['10.0.0.0', 'no prefix, write it as address/prefix'],
    ['10.0.0.0/', 'prefix "" is not a decimal number without leading zeros'],
    ['10.0.0.0/08', 'prefix "08" is not'],
    ['10.0.0.0/+8', 'prefix "+8" is not'],
    ['10.0.0.0/8 ', 'prefix "8 " is not'],
    ['10.0.0.0/255.0.0.0', 'prefix "255.0.0.0" is not'],
    ['10.0.0.0/8/8', 'prefix "8/8" is not'],
    ['10.0.0.0/1e1', 'prefix "1e1" is not'],
    ['10.0.0.0/33', 'prefix 33 is not between 0 and 32 of IPv4'],
    ['::/129', 'prefix 129 is not between 0 and 128 of IPv6'],
    ['10.0/16', 'ip address "10.0": expected four decimal numbers'],
    ['/8', 'ip address "": expected'],
    ['10.0.0.1/8', 'host bits are set, the network is 10.0.0.0/8'],
    ['fd00::1/64', 'host bits are set, the network is fd00::/64'],
    ['::ffff:10.0.0.1/104', 'host bits are set, the network is ::ffff:10.0.0.0/104'],
  ])('refuses %j: %s', (text, why) => {
    expect(() => Cidr.parse(text)).toThrow(why);
    expect(() => Cidr.parse(text)).toThrow(`cidr "${text}": `);
    expect(() => Cidr.parse(text)).toThrow(expect.objectContaining({ code: 'TSNET_ADDRESS' }));
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(cidrs, (cidr) => {
        expect(Cidr.parse(cidr.toString()).equals(cidr)).toBe(true);
      }),
    );
  });
});

describe('of', () => {
  it('masks as ipaddr.js does', () => {
    fc.assert(
      fc.property(ips, fc.nat(32), (ip, prefix) => {
        const text = `${ip.toString()}/${prefix}`;
        const oracle =
          ip.family === 4
            ? ipaddr.IPv4.networkAddressFromCIDR(text)
            : ipaddr.IPv6.networkAddressFromCIDR(text);
        expect([...Cidr.of(ip, prefix).network.toBytes()]).toEqual(oracle.toByteArray());
      }),
    );
  });

  test.each([-1, 33, 1.5, Number.NaN])('refuses the prefix %d', (prefix) => {
    expect(() => Cidr.of(Ip.parse('10.0.0.0'), prefix)).toThrow(
      `prefix ${prefix} is not between 0 and 32 of IPv4`,
    );
  });
});

describe('containment', () => {
  it('of an address is what ipaddr.js says, and what the range says', () => {
    fc.assert(
      fc.property(nearby, ([cidr, ip]) => {
        const oracle = ipaddr.parse(cidr.network.toString());
        const address = ipaddr.parse(ip.toString());
        const isInside = oracle.kind() === address.kind() && address.match(oracle, cidr.prefix);
        expect(cidr.contains(ip)).toBe(isInside);
        expect(ip.family === cidr.family && ip.compare(cidr.first) >= 0 && ip.compare(cidr.last) <= 0).toBe(
          isInside,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('never crosses families', () => {
    expect(Cidr.parse('10.0.0.0/8').contains(Ip.parse('::ffff:10.0.0.1'))).toBe(false);
    expect(Cidr.parse('::ffff:0:0/96').contains(Ip.parse('10.0.0.1'))).toBe(false);
    expect(Cidr.parse('::/0').containsCidr(Cidr.parse('0.0.0.0/0'))).toBe(false);
    expect(Cidr.parse('::/0').overlaps(Cidr.parse('0.0.0.0/0'))).toBe(false);
  });

  it('of a block is that of its two ends, and overlap is containment one way', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(a.containsCidr(b)).toBe(a.contains(b.first) && a.contains(b.last));
        expect(a.overlaps(b)).toBe(
          a.family === b.family && a.first.compare(b.last) <= 0 && b.first.compare(a.last) <= 0,
        );
        expect(a.overlaps(b)).toBe(b.overlaps(a));
        expect(a.containsCidr(b) && b.containsCidr(a)).toBe(a.equals(b));
        expect(a.containsCidr(a)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('subnets', () => {
  it('are disjoint, adjacent, of the size asked for, and together the block', () => {
    fc.assert(
      fc.property(cidrs, fc.nat(6), (cidr, more) => {
        const prefix = Math.min(cidr.prefix + more, bits[cidr.family]);
        const subnets = [...subnetsOf(cidr, prefix)];
        expect(subnets).toHaveLength(2 ** (prefix - cidr.prefix));
        expect(subnets[0]?.first).toEqual(cidr.first);
        expect(subnets.at(-1)?.last).toEqual(cidr.last);
        for (const [at, subnet] of subnets.entries()) {
          expect(subnet.prefix).toBe(prefix);
          expect(cidr.containsCidr(subnet)).toBe(true);
          expect(subnet.first.value).toBe(cidr.first.value + BigInt(at) * subnet.size);
        }
      }),
    );
  });

  it('are made when asked for, and can be walked again', () => {
    const subnets = subnetsOf(Cidr.parse('fd00::/8'), 128);
    const walks = [subnets[Symbol.iterator](), subnets[Symbol.iterator]()];
    expect(walks.map((walk) => walk.next())).toEqual([
      { done: false, value: Cidr.parse('fd00::/128') },
      { done: false, value: Cidr.parse('fd00::/128') },
    ]);
    expect(walks[0]?.next()).toEqual({ done: false, value: Cidr.parse('fd00::1/128') });
  });

  it('refuses a larger or impossible one before the first is asked for', () => {
    const cidr = Cidr.parse('10.0.0.0/16');
    expect(() => subnetsOf(cidr, 15)).toThrow('subnets: /15 is larger than 10.0.0.0/16');
    expect(() => subnetsOf(cidr, 33)).toThrow('subnets: prefix 33 is not between 0 and 32 of IPv4');
  });
});
