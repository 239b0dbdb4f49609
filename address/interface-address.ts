// An address as an interface carries it: `ip addr add 10.1.0.2/24`.
import { Cidr } from './cidr.ts';
import type { Family, Ip } from './ip.ts';
import { parseWithPrefix, requirePrefix } from './prefix.ts';

/** One address with the prefix of the network it is on, host bits kept, immutable. */
export class InterfaceAddress {
  readonly ip: Ip;
  readonly prefix: number;

  private constructor(ip: Ip, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }

  /** Reads `address/prefix` strictly; throws TSNET_ADDRESS for other text. */
  static parse(text: string): InterfaceAddress {
    const { ip, prefix } = parseWithPrefix('interface address', text);
    return new InterfaceAddress(ip, prefix);
  }

  /** Makes the address `ip` with `prefix`; throws TSNET_ADDRESS for a prefix the family has not. */
  static of(ip: Ip, prefix: number): InterfaceAddress {
    requirePrefix('interface address', ip.family, prefix);
    return new InterfaceAddress(ip, prefix);
  }

  get family(): Family {
    return this.ip.family;
  }

  /** The network that the interface reaches through this address without a gateway. */
  get network(): Cidr {
    return Cidr.of(this.ip, this.prefix);
  }

  /** Tells whether address and prefix are the same. */
  equals(other: InterfaceAddress): boolean {
    return this.prefix === other.prefix && this.ip.equals(other.ip);
  }

  /** Returns `address/prefix` in canonical text. */
  toString(): string {
    return `${this.ip.toString()}/${this.prefix}`;
  }

  /** Returns the canonical text, so that JSON carries interface addresses as strings. */
  toJSON(): string {
    return this.toString();
  }
}
