// immediate: loads a constant; into the verdict register, it decides about the packet.
import { attr, attrs, nested } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_REG, NFTA_IMMEDIATE } from '../constants.ts';
import { data, verdictData } from '../data.ts';
import type { Verdict } from '../data.ts';

export const immediate = attrs('immediate', {
  register: attr(NFTA_IMMEDIATE.DREG, u32be),
  data: nested(NFTA_IMMEDIATE.DATA, data),
});

/** `accept`, `drop`, `return`, `jump chain`, `goto chain`. */
export function decide(verdict: Verdict) {
  return { kind: 'immediate', data: { register: NFT_REG.VERDICT, data: verdictData(verdict) } } as const;
}

/** Loads a constant into a register that is not the verdict's. */
export function loadConstant(register: number, value: Uint8Array) {
  return { kind: 'immediate', data: { register, data: { value } } } as const;
}
