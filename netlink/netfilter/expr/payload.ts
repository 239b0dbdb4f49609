// payload: loads bytes of a header into a register.
import type { Family } from '../../../address/index.ts';
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_PAYLOAD, NFTA_PAYLOAD } from '../constants.ts';

export const payload = attrs('payload', {
  register: attr(NFTA_PAYLOAD.DREG, u32be),
  base: attr(NFTA_PAYLOAD.BASE, u32be),
  offset: attr(NFTA_PAYLOAD.OFFSET, u32be),
  length: attr(NFTA_PAYLOAD.LEN, u32be),
});

function load(base: keyof typeof NFT_PAYLOAD, offset: number, length: number, register: number) {
  return { kind: 'payload', data: { register, base: NFT_PAYLOAD[base], offset, length } } as const;
}

/** `ip saddr` (RFC 791) or `ip6 saddr` (RFC 8200). */
export function loadSource(family: Family, register: number) {
  return family === 4 ? load('NETWORK_HEADER', 12, 4, register) : load('NETWORK_HEADER', 8, 16, register);
}

/** `ip daddr` or `ip6 daddr`. */
export function loadDestination(family: Family, register: number) {
  return family === 4 ? load('NETWORK_HEADER', 16, 4, register) : load('NETWORK_HEADER', 24, 16, register);
}

/** `ether saddr` (IEEE 802.3). */
export function loadSourceMac(register: number) {
  return load('LL_HEADER', 6, 6, register);
}

/** `arp htype`, `ptype`, `hlen` and `plen`: which addresses are meant (RFC 826). */
export function loadArpKinds(register: number) {
  return load('NETWORK_HEADER', 0, 6, register);
}

/** `arp operation`. */
export function loadArpOperation(register: number) {
  return load('NETWORK_HEADER', 6, 2, register);
}

/** `arp saddr ether` of a message about Ethernet and IPv4. */
export function loadArpSenderMac(register: number) {
  return load('NETWORK_HEADER', 8, 6, register);
}

/** `arp saddr ip` of a message about Ethernet and IPv4. */
export function loadArpSender(register: number) {
  return load('NETWORK_HEADER', 14, 4, register);
}

/** `icmpv6 type` (RFC 4443). */
export function loadIcmpType(register: number) {
  return load('TRANSPORT_HEADER', 0, 1, register);
}

/** `icmpv6 taddr`: whom a neighbour solicitation or advertisement is about (RFC 4861, sections 4.3 and 4.4). */
export function loadNeighbourTarget(register: number) {
  return load('TRANSPORT_HEADER', 8, 16, register);
}

/** `th sport` and `th dport` side by side. */
export function loadPorts(register: number) {
  return load('TRANSPORT_HEADER', 0, 4, register);
}

/** `th dport`: the destination port of TCP, UDP or SCTP. */
export function loadDestinationPort(register: number) {
  return load('TRANSPORT_HEADER', 2, 2, register);
}

/** `th sport`: the source port of TCP, UDP or SCTP. */
export function loadSourcePort(register: number) {
  return load('TRANSPORT_HEADER', 0, 2, register);
}

/** The identifier of an ICMP or ICMPv6 echo (RFC 792, RFC 4443 section 4). */
export function loadEchoId(register: number) {
  return load('TRANSPORT_HEADER', 4, 2, register);
}

/** The byte of TCP's flags (RFC 9293, section 3.1). */
export function loadTcpFlags(register: number) {
  return load('TRANSPORT_HEADER', 13, 1, register);
}
