// lookup: goes on only when a register's value is in a set; of a map it loads what the value maps to.
import { attr, attrs } from '../../attributes.ts';
import { cstring, u32be } from '../../scalar.ts';
import { NFT_LOOKUP_F, NFTA_LOOKUP } from '../constants.ts';

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

/** `!= @set`. */
export function notInSet(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register, flags: NFT_LOOKUP_F.INV } } as const;
}

/** `map @set`: the value found replaces the key in the registers. */
export function mapWith(set: string, register: number) {
  return { kind: 'lookup', data: { set, source: register, destination: register } } as const;
}
