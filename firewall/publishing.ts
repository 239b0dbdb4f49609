// How published ports are published, where that is not as usual, and the elements that this makes.
import { Cidr } from '../address/index.ts';
import type { Family, Ip } from '../address/index.ts';
import type { KeyField } from '../netlink/netfilter/key.ts';

/** A value that something of a packet has to be, or must not be. */
export interface Match<T> {
  readonly value: T;
  readonly isNegated: boolean;
}

/** What the first packet of a connection must be to be forwarded; nothing named: anything. */
export interface Condition {
  readonly source?: Match<Cidr> | undefined;
  readonly destination?: Match<Cidr> | undefined;
  /** The interface it comes in by; a `+` at the end stands for any further characters. */
  readonly iifname?: Match<string> | undefined;
}

/** How ports are published. */
export interface Publishing {
  /**
   * When a connection gets an address of this host as its source: where the answer would not come back otherwise, always
   * or never.
   */
  readonly masquerade: 'needed' | 'always' | 'never';
  readonly conditions: Readonly<Partial<Record<Family, Condition | undefined>>>;
}

/** As usual. */
export const usual: Publishing = { masquerade: 'needed', conditions: {} };

/** Reads what JSON.stringify wrote of it. */
export function readPublishing(text: string): Publishing {
  const fields = ['source', 'destination'];
  return JSON.parse(text, (key, value: unknown) => {
    if (!fields.includes(key)) return value;
    const { value: cidr, isNegated } = value as Match<string>;
    return { value: Cidr.parse(cidr), isNegated };
  }) as Publishing;
}

/** From the first to the last value, as bytes in network order. */
export interface Range {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

const NAME_BYTES = 16;

function filled(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value);
}

/** The value next to this one; undefined at the end. */
function beside(bytes: Uint8Array, step: 1 | -1): Uint8Array | undefined {
  const next = bytes.slice();
  const edge = step === 1 ? 0xff : 0;
  for (let at = next.length - 1; at >= 0; at--) {
    const digit = next[at] ?? 0;
    next[at] = digit + step;
    if (digit !== edge) return next;
  }
  return undefined;
}

/** What is outside of a range. */
function outside({ first, last }: Range): Range[] {
  const [below, above] = [beside(first, -1), beside(last, 1)];
  return [
    ...(below === undefined ? [] : [{ first: filled(first.length, 0), last: below }]),
    ...(above === undefined ? [] : [{ first: above, last: filled(last.length, 0xff) }]),
  ];
}

function rangesOf<T>(match: Match<T> | undefined, bytes: number, toRange: (value: T) => Range): Range[] {
  if (match === undefined) return [{ first: filled(bytes, 0), last: filled(bytes, 0xff) }];
  const range = toRange(match.value);
  return match.isNegated ? outside(range) : [range];
}

function rangeOfCidr({ first, last }: Cidr): Range {
  return { first: first.toBytes(), last: last.toBytes() };
}

function rangeOfName(name: string): Range {
  const isStart = name.endsWith('+');
  const bytes = Buffer.from(isStart ? name.slice(0, -1) : name);
  const [first, last] = [filled(NAME_BYTES, 0), filled(NAME_BYTES, isStart ? 0xff : 0)];
  for (const one of [first, last]) one.set(bytes);
  return { first, last };
}

/** Fields of a key that are ranges. */
export interface RangeKey {
  readonly key: readonly KeyField[];
  readonly keyEnd: readonly KeyField[];
}

function keyOf(...ranges: readonly Range[]): RangeKey {
  return { key: ranges.map(({ first }) => first), keyEnd: ranges.map(({ last }) => last) };
}

/** What a condition means for a port. */
export interface RangeKeys {
  /** Source and destination of the packets that fulfil it; with the interface, if it names one that they come in by. */
  readonly meant: readonly RangeKey[];
  /** Destination and interface of packets that do not fulfil it, in spite of that. */
  readonly except: readonly RangeKey[];
}

/**
 * The packets that fulfil a condition, in ranges that do not overlap. With a `hostIp` that is not unspecified only packets
 * to this address do. (A range of names has to have a common beginning: others, such as all names but one, make nft 1.0.6
 * abort when it shows them.)
 */
export function rangeKeys({ source, destination, iifname }: Condition, hostIp: Ip): RangeKeys {
  const bytes = hostIp.toBytes();
  const own = { first: bytes, last: bytes };
  const all = { first: filled(bytes.length, 0), last: filled(bytes.length, 0xff) };
  const destinations = rangesOf(destination, bytes.length, rangeOfCidr);
  const isInside = ({ first, last }: Range): boolean =>
    Buffer.compare(first, bytes) <= 0 && Buffer.compare(bytes, last) <= 0;
  const to = hostIp.isUnspecified ? destinations : destinations.filter(isInside).map(() => own);
  const by = iifname === undefined ? [] : [rangeOfName(iifname.value)];
  const isExcept = iifname?.isNegated === true;
  const addresses = rangesOf(source, bytes.length, rangeOfCidr).flatMap((from) =>
    to.map((where) => [from, where]),
  );
  return {
    meant: addresses.map((two) => keyOf(...two, ...(isExcept ? [] : by))),
    except: isExcept ? by.map((name) => keyOf(hostIp.isUnspecified ? all : own, name)) : [],
  };
}
