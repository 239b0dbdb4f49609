// nat: rewrites the destination of a connection.
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

/** `dnat to <address> . <port>`, both taken from registers. */
export function dnat(family: Family, address: number, port: number) {
  const number = family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6;
  return { kind: 'nat', data: { type: NFT_NAT.DNAT, family: number, address, port } } as const;
}
