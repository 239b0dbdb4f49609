// counter: counts packets. iptables shows no rule without one.
import { attr, attrs } from '../../attributes.ts';
import { u64be } from '../../scalar.ts';
import { NFTA_COUNTER } from '../constants.ts';

export const counter = attrs('counter', {
  bytes: attr(NFTA_COUNTER.BYTES, u64be),
  packets: attr(NFTA_COUNTER.PACKETS, u64be),
});

/** `counter`, from zero on. */
export function count() {
  return { kind: 'counter', data: { bytes: 0n, packets: 0n } } as const;
}
