import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cidr, Ip } from '../address/index.ts';
import { anyIpv4 } from '../test/arbitrary.ts';
import { rangeKeys, readPublishing } from './publishing.ts';
import type { Condition, Match, Publishing } from './publishing.ts';

const everywhere = Ip.parse('0.0.0.0');

const anyCidr = fc.tuple(anyIpv4, fc.integer({ min: 0, max: 32 })).map(([ip, prefix]) => Cidr.of(ip, prefix));
const anyMatch = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Match<T> | undefined> =>
  fc.option(fc.record({ value, isNegated: fc.boolean() }), { nil: undefined });
const anyName = fc.constantFrom('eth0', 'eth+', 'e', 'eth01', 'fifteen-letters');
const anyCondition: fc.Arbitrary<Condition> = fc.record({
  source: anyMatch(anyCidr),
  destination: anyMatch(anyCidr),
  iifname: anyMatch(anyName),
});

/** A packet, its fields as a key has them. */
interface Packet {
  readonly source: Ip;
  readonly destination: Ip;
  readonly iifname: string;
}

function fulfils<T>(match: Match<T> | undefined, isIt: (value: T) => boolean): boolean {
  return match === undefined || isIt(match.value) !== match.isNegated;
}

function isMeant({ source, destination, iifname }: Condition, packet: Packet): boolean {
  return (
    fulfils(source, (cidr) => cidr.contains(packet.source)) &&
    fulfils(destination, (cidr) => cidr.contains(packet.destination)) &&
    fulfils(iifname, (name) =>
      name.endsWith('+') ? packet.iifname.startsWith(name.slice(0, -1)) : packet.iifname === name,
    )
  );
}

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(Buffer.from(name));
  return bytes;
}

/** How many of the ranges a packet is in, field by field. */
function countIn(
  ranges: readonly { key: readonly unknown[]; keyEnd: readonly unknown[] }[],
  fields: readonly Uint8Array[],
): number {
  return ranges.filter(({ key, keyEnd }) =>
    key.every((first, at) => {
      const field = fields[at] ?? new Uint8Array();
      const last = keyEnd[at] as Uint8Array;
      return Buffer.compare(first as Uint8Array, field) <= 0 && Buffer.compare(field, last) <= 0;
    }),
  ).length;
}

describe('rangeKeys', () => {
  const anyPacket = fc.record({
    source: anyIpv4,
    destination: anyIpv4,
    iifname: fc.constantFrom('', 'eth0', 'eth1', 'e', 'f', 'eth'),
  });

  it('has every packet that fulfils the condition in one range, and no other in any', () => {
    const near = fc
      .tuple(anyCondition, anyPacket, fc.boolean())
      .map(([condition, packet, isNear]): [Condition, Packet] => {
        // Random addresses are hardly ever inside of a small block.
        const source = isNear ? (condition.source?.value.last ?? packet.source) : packet.source;
        const destination = isNear
          ? (condition.destination?.value.first ?? packet.destination)
          : packet.destination;
        return [condition, { ...packet, source, destination }];
      });
    fc.assert(
      fc.property(near, ([condition, packet]) => {
        const { meant, except } = rangeKeys(condition, everywhere);
        const [source, destination] = [packet.source.toBytes(), packet.destination.toBytes()];
        const name = nameBytes(packet.iifname);
        const isExcept = countIn(except, [destination, name]) > 0;
        const count = countIn(meant, [source, destination, name]);
        expect(isExcept ? 0 : count).toBe(isMeant(condition, packet) ? 1 : 0);
      }),
      { numRuns: 500 },
    );
  });

  it('of a port of one address is about that address alone', () => {
    const own = Ip.parse('192.0.2.2');
    const destination = { value: Cidr.parse('192.0.2.0/24'), isNegated: false };
    const { meant } = rangeKeys({ destination }, own);
    expect(meant.map(({ key, keyEnd }) => [key[1], keyEnd[1]])).toEqual([[own.toBytes(), own.toBytes()]]);
    expect(rangeKeys({ destination: { ...destination, isNegated: true } }, own).meant).toEqual([]);
  });
});

it('is kept as text and read again', () => {
  const masquerade = fc.constantFrom('needed' as const, 'always' as const, 'never' as const);
  const anyPublishing = fc.record({ masquerade, conditions: fc.record({ 4: anyCondition }) });
  fc.assert(
    fc.property(anyPublishing, (publishing: Publishing) => {
      const read = readPublishing(JSON.stringify(publishing));
      expect(JSON.stringify(read)).toBe(JSON.stringify(publishing));
      expect(read.conditions[4]?.source?.value).toEqual(publishing.conditions[4]?.source?.value);
    }),
  );
});
