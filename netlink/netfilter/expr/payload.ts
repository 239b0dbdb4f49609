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

/** `icmpv6 type` (RFC 4443), behind a look at the protocol. */
export function loadIcmpType(register: number) {
  return load('TRANSPORT_HEADER', 0, 1, register);
}

/** `th dport`: the destination port of TCP, UDP or SCTP. */
export function loadDestinationPort(register: number) {
  return load('TRANSPORT_HEADER', 2, 2, register);
}
