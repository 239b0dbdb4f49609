// bitwise: masks a register.
import { attr, attrs, nested } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFTA_BITWISE } from '../constants.ts';
import { data } from '../data.ts';

export const bitwise = attrs('bitwise', {
  source: attr(NFTA_BITWISE.SREG, u32be),
  destination: attr(NFTA_BITWISE.DREG, u32be),
  length: attr(NFTA_BITWISE.LEN, u32be),
  mask: nested(NFTA_BITWISE.MASK, data),
  xor: nested(NFTA_BITWISE.XOR, data),
});

/** `& mask`, in place. */
export function maskWith(register: number, mask: Uint8Array) {
  const value = { source: register, destination: register, length: mask.length };
  return {
    kind: 'bitwise',
    data: { ...value, mask: { value: mask }, xor: { value: new Uint8Array(mask.length) } },
  } as const;
}
