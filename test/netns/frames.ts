// Frames as an attacker would forge them (IEEE 802.3, RFC 826, RFC 791, RFC 792, RFC 768, RFC 8200, RFC 4443, RFC 4861).
import { Ip, Mac } from '../../address/index.ts';

type Bytes = readonly number[];

/** EtherTypes (linux/if_ether.h). */
export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  EXPERIMENTAL: 0x88b5,
} as const;
/** Numbers of protocols in IP (linux/in.h, linux/in6.h). */
export const PROTOCOL = { HOP_BY_HOP: 0, ICMP: 1, UDP: 17, FRAGMENT: 44, ICMPV6: 58, OPTIONS: 60 } as const;
/** Types of ICMPv6 messages. */
export const ICMPV6 = {
  ROUTER: 134,
  SOLICITATION: 135,
  ADVERTISEMENT: 136,
  REDIRECT: 137,
  LISTENER: 143,
} as const;

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function addressBytes(text: string): number[] {
  return [...Ip.parse(text).toBytes()];
}

function macBytes(text: string): number[] {
  return [...Mac.parse(text).toBytes()];
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Bytes): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** A frame in hexadecimal. */
export function ethernet(to: string, from: string, type: number, payload: Bytes): string {
  const bytes = [...macBytes(to), ...macBytes(from), ...u16(type), ...payload];
  return Buffer.from(bytes).toString('hex').padEnd(120, '0');
}

/** What is behind the EtherType of a tagged frame. */
export function tagged(vlan: number, type: number, payload: Bytes): number[] {
  return [...u16(vlan), ...u16(type), ...payload];
}

/** An ARP message about Ethernet and IPv4; operation 1 asks, 2 answers. */
export function arp(
  operation: 1 | 2,
  sender: { mac: string; ip: string },
  target: { mac: string; ip: string },
): number[] {
  const one = (who: typeof sender): number[] => [...macBytes(who.mac), ...addressBytes(who.ip)];
  return [0, 1, 8, 0, 6, 4, 0, operation, ...one(sender), ...one(target)];
}

/** A datagram whose checksum is left out, as IPv4 allows it. */
export function udp(from: number, to: number, text: string): number[] {
  const data = [...Buffer.from(text)];
  return [...u16(from), ...u16(to), ...u16(8 + data.length), 0, 0, ...data];
}

export function ipv4(from: string, to: string, protocol: number, payload: Bytes): number[] {
  const header = [0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, 64, protocol, 0, 0];
  const whole = [...header, ...addressBytes(from), ...addressBytes(to)];
  whole.splice(10, 2, ...u16(checksum(whole)));
  return [...whole, ...payload];
}

export function ipv6(from: string, to: string, next: number, payload: Bytes): number[] {
  return [
    0x60,
    0,
    0,
    0,
    ...u16(payload.length),
    next,
    255,
    ...addressBytes(from),
    ...addressBytes(to),
    ...payload,
  ];
}

/** An ICMPv6 message between these addresses, with its checksum. */
export function icmpv6(from: string, to: string, type: number, body: Bytes): number[] {
  const message = [type, 0, 0, 0, ...body];
  const pseudo = [
    ...addressBytes(from),
    ...addressBytes(to),
    0,
    0,
    ...u16(message.length),
    0,
    0,
    0,
    PROTOCOL.ICMPV6,
  ];
  message.splice(2, 2, ...u16(checksum([...pseudo, ...message])));
  return message;
}

/** An extension header of 8 bytes without anything in it, or a fragment that is the whole packet. */
export function extension(kind: 'options' | 'fragment', next: number): number[] {
  return kind === 'options' ? [next, 0, 1, 4, 0, 0, 0, 0] : [next, 0, 0, 0, 0, 0, 0, 1];
}

/** What a neighbour advertisement says: this address is there, forget what you knew (solicited, override). */
export function advertisement(target: string, mac: string): number[] {
  return [0x60, 0, 0, 0, ...addressBytes(target), 2, 1, ...macBytes(mac)];
}

/** What a neighbour solicitation says. */
export function solicitation(target: string, mac?: string): number[] {
  return [0, 0, 0, 0, ...addressBytes(target), ...(mac === undefined ? [] : [1, 1, ...macBytes(mac)])];
}

/**
 * What a router advertisement says: I am a router, for half an hour, of high preference; and with a prefix: it is on this
 * link, for a day, and addresses may be made of it.
 */
export function routerAdvertisement(mac: string, prefix?: string): number[] {
  const day = [0, 1, 0x51, 0x80];
  const offer =
    prefix === undefined ? [] : [3, 4, 64, 0xc0, ...day, ...day, 0, 0, 0, 0, ...addressBytes(prefix)];
  return [64, 0x08, ...u16(1800), 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, ...macBytes(mac), ...offer];
}

/**
 * A redirect of ICMPv4: for `destination` ask `gateway`. It quotes an answer of `victim` to a ping, of which the kernel cannot
 * know whether it sent one.
 */
export function icmpRedirect(victim: string, destination: string, gateway: string): number[] {
  const answer = ipv4(victim, destination, PROTOCOL.ICMP, summed([0, 0, 0, 0, 0, 1, 0, 1]));
  return summed([5, 1, 0, 0, ...addressBytes(gateway), ...answer]);
}

function summed(message: Bytes): number[] {
  return message.with(2, checksum(message) >> 8).with(3, checksum(message) & 0xff);
}

/** What a redirect says: the way to `destination` is by `target`. */
export function redirect(target: string, destination: string): number[] {
  return [0, 0, 0, 0, ...addressBytes(target), ...addressBytes(destination)];
}

/** What an MLDv2 report says that joins a group. */
export function listenerReport(group: string): number[] {
  return [0, 0, 0, 1, 4, 0, 0, 0, ...addressBytes(group)];
}
