// ct: loads a fact about the packet's connection into a register.
import type { Family } from '../../../address/index.ts';
import { attr, attrs } from '../../attributes.ts';
import { u32be, u8 } from '../../scalar.ts';
import { IP_CT_DIR, NFT_CT, NFTA_CT } from '../constants.ts';

export const ct = attrs('ct', {
  register: attr(NFTA_CT.DREG, u32be),
  key: attr(NFTA_CT.KEY, u32be),
  direction: attr(NFTA_CT.DIRECTION, u8),
});

/** `ct status` and the like. */
export function loadConnection(key: keyof typeof NFT_CT, register: number) {
  return { kind: 'ct', data: { register, key: NFT_CT[key] } } as const;
}

function loadOriginal(key: keyof typeof NFT_CT, register: number) {
  const { data } = loadConnection(key, register);
  return { kind: 'ct', data: { ...data, direction: IP_CT_DIR.ORIGINAL } } as const;
}

/** `ct original ip daddr` or `ct original ip6 daddr`: whom the connection was meant for. Linux 4.17. */
export function loadOriginalDestination(family: Family, register: number) {
  return loadOriginal(family === 4 ? 'DST_IP' : 'DST_IP6', register);
}

/** `ct original proto-dst`: the port that the connection was meant for. */
export function loadOriginalPort(register: number) {
  return loadOriginal('PROTO_DST', register);
}
