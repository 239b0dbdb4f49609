// The headers of a traced packet, as far as they tell a connection from others.
import { Ip } from '../../address/index.ts';

/** A packet as it is at one place. */
export interface Packet {
  readonly source: Ip;
  readonly destination: Ip;
  readonly protocol: number;
  /** Of TCP, UDP and SCTP. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** An echo reply of ICMP or ICMPv6. */
  readonly isReply: boolean;
}

const WITH_PORTS = [6, 17, 132];
// RFC 792 and RFC 4443: type 0 and type 129.
const ECHO_REPLY: Record<number, number> = { 1: 0, 58: 129 };

/** Reads headers (RFC 791, RFC 8200); undefined where they are too short, or of no IP packet. */
export function readPacket(network?: Uint8Array, transport?: Uint8Array): Packet | undefined {
  const version = (network?.[0] ?? 0) >> 4;
  if (network === undefined || (version !== 4 && version !== 6)) return undefined;
  if (network.length < (version === 4 ? 20 : 40)) return undefined;
  const [at, size] = version === 4 ? [12, 4] : [8, 16];
  const protocol = network[version === 4 ? 9 : 6] ?? 0;
  const hasPorts = WITH_PORTS.includes(protocol) && transport !== undefined && transport.length >= 4;
  const [a = 0, b = 0, c = 0, d = 0] = transport ?? [];
  return {
    source: Ip.fromBytes(network.subarray(at, at + size)),
    destination: Ip.fromBytes(network.subarray(at + size, at + 2 * size)),
    protocol,
    sourcePort: hasPorts ? (a << 8) | b : undefined,
    destinationPort: hasPorts ? (c << 8) | d : undefined,
    isReply: transport !== undefined && ECHO_REPLY[protocol] === a,
  };
}

function end(ip: Ip, port: number | undefined): string {
  if (port === undefined) return ip.toString();
  return ip.family === 4 ? `${ip.toString()}:${port}` : `[${ip.toString()}]:${port}`;
}

/** `10.0.0.2:40000 -> 10.0.0.3:80` */
export function packetText({ source, destination, sourcePort, destinationPort }: Packet): string {
  return `${end(source, sourcePort)} -> ${end(destination, destinationPort)}`;
}
