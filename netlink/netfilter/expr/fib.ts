// fib: asks the routing table about an address of the packet.
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFT_FIB_RESULT, NFTA_FIB, NFTA_FIB_F } from '../constants.ts';

export const fib = attrs('fib', {
  register: attr(NFTA_FIB.DREG, u32be),
  result: attr(NFTA_FIB.RESULT, u32be),
  flags: attr(NFTA_FIB.FLAGS, u32be),
});

/** `fib daddr type`. */
export function loadDestinationType(register: number) {
  return {
    kind: 'fib',
    data: { register, result: NFT_FIB_RESULT.ADDRTYPE, flags: NFTA_FIB_F.DADDR },
  } as const;
}
