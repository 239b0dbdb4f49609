// ct: loads a fact about the packet's connection into a register.
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_CT, NFTA_CT } from '../constants.ts';

export const ct = attrs('ct', { register: attr(NFTA_CT.DREG, u32be), key: attr(NFTA_CT.KEY, u32be) });

/** `ct status` and the like. */
export function loadConnection(key: keyof typeof NFT_CT, register: number) {
  return { kind: 'ct', data: { register, key: NFT_CT[key] } } as const;
}
