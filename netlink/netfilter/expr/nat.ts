// nat: rewrites the source or the destination of a connection.
import type { Family } from '../../../address/index.ts';
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFPROTO, NFT_NAT, NFTA_NAT } from '../constants.ts';

export const nat = attrs('nat', {
  type: attr(NFTA_NAT.TYPE, u32be),
  family: attr(NFTA_NAT.FAMILY, u32be),
  address: attr(NFTA_NAT.REG_ADDR_MIN, u32be),
  port: attr(NFTA_NAT.REG_PROTO_MIN, u32be),
});

const number = { 4: NFPROTO.IPV4, 6: NFPROTO.IPV6 } as const satisfies Record<Family, number>;

/** `dnat to <address> . <port>`, both taken from registers. */
export function dnat(family: Family, address: number, port: number) {
  return { kind: 'nat', data: { type: NFT_NAT.DNAT, family: number[family], address, port } } as const;
}

/** `snat to <address>`, taken from a register. */
export function snat(family: Family, address: number) {
  return { kind: 'nat', data: { type: NFT_NAT.SNAT, family: number[family], address } } as const;
}
