// cmp: goes on only when a register equals, or does not equal, a value.
import { attr, attrs, nested } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_CMP, NFTA_CMP } from '../constants.ts';
import { data } from '../data.ts';

export const cmp = attrs('cmp', {
  register: attr(NFTA_CMP.SREG, u32be),
  operation: attr(NFTA_CMP.OP, u32be),
  data: nested(NFTA_CMP.DATA, data),
});

/** `== value` or `!= value`. */
export function compare(operation: keyof typeof NFT_CMP, register: number, value: Uint8Array) {
  return { kind: 'cmp', data: { register, operation: NFT_CMP[operation], data: { value } } } as const;
}
