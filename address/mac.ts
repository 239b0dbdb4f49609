// A MAC address as a value (EUI-48), and the two ways tsnet makes one.
import { TsnetError } from '../errors/tsnet-error.ts';
import { digestOf } from './digest.ts';
import type { Ip } from './ip.ts';

/** One 6-octet MAC address, immutable. */
export class Mac {
  /** The canonical text: TypeScript-private rather than `#`, so that deep comparison sees it. */
  private readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /**
   * Reads six octets of two hex digits, all separated by `:` or all by `-`; throws TSNET_ADDRESS for other
   * text.
   */
  static parse(text: string): Mac {
    if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i.test(text)) {
      throw new TsnetError(
        'TSNET_ADDRESS',
        `mac address "${text}": expected six octets like 02:42:0a:01:00:02`,
      );
    }
    return new Mac(text.toLowerCase().replaceAll('-', ':'));
  }

  /** Takes the 6 octets in the order they are sent; throws TSNET_ADDRESS for another length. */
  static fromBytes(bytes: Uint8Array): Mac {
    if (bytes.length !== 6) {
      throw new TsnetError('TSNET_ADDRESS', `mac address: expected 6 bytes, got ${bytes.length}`);
    }
    return new Mac(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'));
  }

  /**
   * Makes 02:42 followed by the IPv4 address, as Docker does: unique on a segment whenever the address is.
   * Throws TSNET_ADDRESS for an IPv6 address.
   */
  static fromIpv4(ip: Ip): Mac {
    if (ip.family !== 4) {
      throw new TsnetError(
        'TSNET_ADDRESS',
        `mac address: "${ip.toString()}" is not IPv4, make it from a seed instead`,
      );
    }
    return Mac.fromBytes(Uint8Array.of(0x02, 0x42, ...ip.toBytes()));
  }

  /**
   * Makes the same address for the same text: 02 (unicast, locally administered) and 5 octets of its BLAKE2s (RFC 7693).
   */
  static fromSeed(text: string): Mac {
    return Mac.fromDigest(digestOf(text));
  }

  /** The same of a digest that is there already, of at least 10 hex digits. */
  static fromDigest(digest: string): Mac {
    return Mac.parse(`02${digest.slice(0, 10)}`.replaceAll(/(..)(?=.)/g, '$1:'));
  }

  /** Returns the 6 octets in the order they are sent. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.text.split(':'), (octet) => Number.parseInt(octet, 16));
  }

  /** Returns the canonical text: lower case, colons. */
  toString(): string {
    return this.text;
  }

  /** Returns the canonical text, so that JSON carries MAC addresses as strings. */
  toJSON(): string {
    return this.text;
  }

  /** Tells whether both are the same address. */
  equals(other: Mac): boolean {
    return this.text === other.text;
  }

  /**
   * Whether it addresses a group (IEEE 802 I/G bit), broadcast included: no interface may own such an
   * address.
   */
  get isMulticast(): boolean {
    return ((this.toBytes()[0] ?? 0) & 1) === 1;
  }
}
