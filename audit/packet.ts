// The first packet of a connection, which is all that decides whether there will be one.
import type { Ip } from '../address/index.ts';

/** Source port of every packet here: one that no rule is likely to name. */
const EPHEMERAL = 54321;

/** The packet, as it is at some point of its way. */
export interface Packet {
  readonly source: Ip;
  readonly destination: Ip;
  /** By number (RFC 5237). */
  readonly protocol: number;
  readonly destinationPort: number;
  /** The device that it came in by; absent for what the host sends. */
  readonly iif?: string | undefined;
  /** The device that it will leave by, once that is known. */
  readonly oif?: string | undefined;
  /** Somebody has changed its destination. */
  readonly isTranslated: boolean;
}

const SYN = 0x02;

/** The header of the network layer, as far as rules look at it (RFC 791, RFC 8200). */
export function networkHeader({ source, destination, protocol }: Packet): Uint8Array {
  const isV4 = source.family === 4;
  const header = new Uint8Array(isV4 ? 20 : 40);
  header[0] = isV4 ? 0x45 : 0x60;
  header[isV4 ? 8 : 7] = 64;
  header[isV4 ? 9 : 6] = protocol;
  header.set(source.toBytes(), isV4 ? 12 : 8);
  header.set(destination.toBytes(), isV4 ? 16 : 24);
  return header;
}

/** The header of the transport layer: ports, and of TCP that it asks for a connection (RFC 9293). */
export function transportHeader({ destinationPort }: Packet): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  view.setUint16(0, EPHEMERAL);
  view.setUint16(2, destinationPort);
  header[12] = 0x50;
  header[13] = SYN;
  return header;
}
