// An IP address as a value: one number of 32 or 128 bits, its strict text and its bytes.
import { TsnetError } from '../errors/tsnet-error.ts';

/** The version of the Internet Protocol an address belongs to. */
export type Family = 4 | 6;

/** How many bits an address of each family has. */
export const addressBits = { 4: 32, 6: 128 } as const satisfies Record<Family, number>;

/**
 * One IPv4 or IPv6 address, immutable and without a zone. An IPv4-mapped address (`::ffff:10.0.0.1`) stays
 * family 6, but the `is...` questions are answered for the IPv4 address in it, which is what the kernel's
 * sockets talk to.
 */
export class Ip {
  readonly family: Family;
  /** The address as an unsigned number, most significant octet first. */
  readonly value: bigint;
  /** Made when it is first asked for, as it is several times in one call. */
  #text: string | undefined;

  private constructor(family: Family, value: bigint) {
    this.family = family;
    this.value = value;
  }

  /**
   * Reads a dotted quad without leading zeros (RFC 6943 section 3.1.1, strict form) or the text of RFC 4291
   * section 2.2. Throws TSNET_ADDRESS for everything else, zone ids and prefixes included.
   */
  static parse(text: string): Ip {
    const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
    if (value === undefined) {
      throw new TsnetError('TSNET_ADDRESS', `ip address "${text}": ${whyNot(text)}`);
    }
    return new Ip(text.includes(':') ? 6 : 4, value);
  }

  /** Takes 4 octets as IPv4 and 16 as IPv6, in network order; throws TSNET_ADDRESS for another length. */
  static fromBytes(bytes: Uint8Array): Ip {
    if (bytes.length !== 4 && bytes.length !== 16) {
      throw new TsnetError('TSNET_ADDRESS', `ip address: expected 4 or 16 bytes, got ${bytes.length}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length === 4) return new Ip(4, BigInt(view.getUint32(0)));
    return new Ip(6, (view.getBigUint64(0) << 64n) | view.getBigUint64(8));
  }

  /** Makes the address with this number; throws TSNET_ADDRESS when the family has no such address. */
  static fromValue(family: Family, value: bigint): Ip {
    if (value < 0n || value >> BigInt(addressBits[family]) !== 0n) {
      throw new TsnetError('TSNET_ADDRESS', `ip address: ${value} is outside the IPv${family} addresses`);
    }
    return new Ip(family, value);
  }

  /** Returns the 4 or 16 octets in network order. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(addressBits[this.family] / 8);
    let rest = this.value;
    // By words of 32 bits, which are plain numbers: arithmetic on big ones is slow.
    for (let at = bytes.length - 4; at >= 0; at -= 4) {
      const word = Number(rest & 0xffff_ffffn);
      bytes[at] = word >>> 24;
      bytes[at + 1] = word >>> 16;
      bytes[at + 2] = word >>> 8;
      bytes[at + 3] = word;
      rest >>= 32n;
    }
    return bytes;
  }

  /** Returns the canonical text: a dotted quad, or RFC 5952 (section 5 for IPv4-mapped addresses only). */
  toString(): string {
    this.#text ??= this.#format();
    return this.#text;
  }

  #format(): string {
    if (this.family === 4) {
      return this.toBytes().join('.');
    }
    const ipv4 = this.unmapped();
    return ipv4 === this ? formatIpv6(this.value) : `::ffff:${ipv4.toString()}`;
  }

  /** Returns the canonical text, so that JSON carries addresses as strings. */
  toJSON(): string {
    return this.toString();
  }

  /** Tells whether both are the same address of the same family. */
  equals(other: Ip): boolean {
    return this.family === other.family && this.value === other.value;
  }

  /** Orders by family, then by number: negative, zero or positive, as `Array.sort` wants it. */
  compare(other: Ip): number {
    if (this.family !== other.family) {
      return this.family - other.family;
    }
    return this.value < other.value ? -1 : Number(this.value > other.value);
  }

  /**
   * Returns the address `count` further (back when negative); throws TSNET_ADDRESS beyond the family's ends.
   */
  plus(count: bigint): Ip {
    return Ip.fromValue(this.family, this.value + count);
  }

  /** Whether it is in 127.0.0.0/8 or is ::1. */
  get isLoopback(): boolean {
    const { family, value } = this.unmapped();
    return family === 4 ? value >> 24n === 127n : value === 1n;
  }

  /** Whether it is 0.0.0.0 or ::. */
  get isUnspecified(): boolean {
    return this.unmapped().value === 0n;
  }

  /** Whether it is in 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    const { family, value } = this.unmapped();
    return family === 4 ? value >> 28n === 0xen : value >> 120n === 0xffn;
  }

  /** Whether it is in 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 section 2.5.6). */
  get isLinkLocal(): boolean {
    const { family, value } = this.unmapped();
    return family === 4 ? value >> 16n === 0xa9fen : value >> 118n === 0xfe80n >> 6n;
  }

  private unmapped(): Ip {
    const isMapped = this.family === 6 && this.value >> 32n === 0xffffn;
    return isMapped ? new Ip(4, this.value & 0xffffffffn) : this;
  }
}

function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.');
  const isQuad =
    octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && +octet <= 255);
  return isQuad ? BigInt(octets.reduce((sum, octet) => sum * 256 + Number(octet), 0)) : undefined;
}

function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)([^:]*\.[^:]*)$/.exec(text);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const ipv4 = parseIpv4(dotted[2]);
    return ipv4 === undefined
      ? undefined
      : parseGroups(`${dotted[1]}${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`);
  }
  return parseGroups(text);
}

function parseGroups(text: string): bigint | undefined {
  const [head = [], tail, ...more] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) {
    return undefined;
  }
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  const areHex = groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
  return areHex ? groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) : undefined;
}

function whyNot(text: string): string {
  if (text.includes('/')) {
    return 'expected an address without a prefix';
  }
  if (text.includes('%')) {
    return 'expected an address without a zone';
  }
  return text.includes(':')
    ? 'expected eight groups of hex digits, at most one run of them left out as "::"'
    : 'expected four decimal numbers from 0 to 255 without leading zeros';
}

function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - 16 * at)) & 0xffffn);
  const run = longestZeroRun(groups);
  const text = (part: bigint[]): string => part.map((group) => group.toString(16)).join(':');
  // RFC 5952 section 4.2.2: a single zero group is written out
  return run.length < 2
    ? text(groups)
    : `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: bigint[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0n) {
      start = at + 1;
    } else if (at + 1 - start > longest.length) {
      longest = { start, length: at + 1 - start };
    }
  }
  return longest;
}
