// A block of addresses as a value: a network and how many of its leading bits are fixed (RFC 4632, RFC 4291
// 2.3). Its arithmetic is plain bigint: every ADD does it, and the first range of ip-cidr takes a process milliseconds.
import { TsnetError } from '../errors/tsnet-error.ts';
import { addressBits, Ip, type Family } from './ip.ts';
import { parseWithPrefix, requirePrefix } from './prefix.ts';

/** One block of IPv4 or IPv6 addresses, immutable, its network address free of host bits. */
export class Cidr {
  readonly network: Ip;
  /** How many leading bits all addresses of the block share: 0 to 32, or 0 to 128. */
  readonly prefix: number;

  private constructor(network: Ip, prefix: number) {
    this.network = network;
    this.prefix = prefix;
  }

  /** Reads `network/prefix` strictly; throws TSNET_ADDRESS for other text, and when host bits are set. */
  static parse(text: string): Cidr {
    const { ip, prefix } = parseWithPrefix('cidr', text);
    const cidr = Cidr.of(ip, prefix);
    if (!cidr.network.equals(ip)) {
      throw new TsnetError(
        'TSNET_ADDRESS',
        `cidr "${text}": host bits are set, the network is ${cidr.toString()}`,
      );
    }
    return cidr;
  }

  /**
   * Makes the block of `prefix` bits that `ip` is in; throws TSNET_ADDRESS for a prefix the family has not.
   */
  static of(ip: Ip, prefix: number): Cidr {
    requirePrefix('cidr', ip.family, prefix);
    const hostBits = BigInt(addressBits[ip.family] - prefix);
    return new Cidr(Ip.fromValue(ip.family, (ip.value >> hostBits) << hostBits), prefix);
  }

  get family(): Family {
    return this.network.family;
  }

  /** How many addresses the block has: 2^32 or 2^128 at most. */
  get size(): bigint {
    return 1n << BigInt(addressBits[this.family] - this.prefix);
  }

  /** The lowest address: the network address itself. */
  get first(): Ip {
    return this.network;
  }

  /** The highest address: of an IPv4 network up to /30, its broadcast address. */
  get last(): Ip {
    return Ip.fromValue(this.family, this.network.value + this.size - 1n);
  }

  /** Tells whether `ip` is in the block; an address of the other family never is. */
  contains(ip: Ip): boolean {
    return ip.family === this.family && Cidr.of(ip, this.prefix).network.equals(this.network);
  }

  /** Tells whether all of `other` is in the block. */
  containsCidr(other: Cidr): boolean {
    return this.prefix <= other.prefix && this.contains(other.network);
  }

  /** Tells whether the blocks share an address. */
  overlaps(other: Cidr): boolean {
    return this.containsCidr(other) || other.containsCidr(this);
  }

  /** Tells whether both are the same block. */
  equals(other: Cidr): boolean {
    return this.prefix === other.prefix && this.network.equals(other.network);
  }

  /** Returns `network/prefix` in canonical text. */
  toString(): string {
    return `${this.network.toString()}/${this.prefix}`;
  }

  /** Returns the canonical text, so that JSON carries blocks as strings. */
  toJSON(): string {
    return this.toString();
  }
}

function wholeFamily(family: Family): Cidr {
  return Cidr.of(Ip.fromValue(family, 0n), 0);
}

/** All addresses of a family: where a default route leads to. */
export const everywhere: Readonly<Record<Family, Cidr>> = { 4: wholeFamily(4), 6: wholeFamily(6) };
