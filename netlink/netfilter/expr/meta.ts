// meta: loads a fact about the packet into a register, or makes one of what is in a register.
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_META, NFTA_META } from '../constants.ts';

export const meta = attrs('meta', {
  register: attr(NFTA_META.DREG, u32be),
  key: attr(NFTA_META.KEY, u32be),
  source: attr(NFTA_META.SREG, u32be),
});

/** `meta iifname` and the like. */
export function loadMeta(key: keyof typeof NFT_META, register: number) {
  return { kind: 'meta', data: { register, key: NFT_META[key] } } as const;
}

/** `meta nftrace set`: whether the kernel tells from here on what becomes of the packet. */
export function setTraced(register: number) {
  return { kind: 'meta', data: { key: NFT_META.NFTRACE, source: register } } as const;
}
