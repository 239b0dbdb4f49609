// lookup: goes on only when a register's value is, or is not, in a set; of a map it loads what the value maps to.
import { attr, attrs } from '../../attributes.ts';
import { cstring, u32be } from '../../scalar.ts';
import { NFT_LOOKUP_F, NFT_REG, NFTA_LOOKUP } from '../constants.ts';

export const lookup = attrs('lookup', {
  set: attr(NFTA_LOOKUP.SET, cstring),
  source: attr(NFTA_LOOKUP.SREG, u32be),
  destination: attr(NFTA_LOOKUP.DREG, u32be),
  flags: attr(NFTA_LOOKUP.FLAGS, u32be),
});

/** `@set`. */
export function inSet(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register } } as const;
}

/** `!= @set`: goes on only when the value is not there. */
export function notInSet(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register, flags: NFT_LOOKUP_F.INV } } as const;
}

/** `map @set`: the value found replaces the key in the registers. */
export function mapWith(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register, destination: register } } as const;
}

/** `vmap @set`: what is found is done; nothing found, the rule goes on. */
export function verdictWith(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register, destination: NFT_REG.VERDICT } } as const;
}
