// masq: rewrites the source of a connection to the address of the interface it leaves by.
import { attr, attrs } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFTA_MASQ } from '../constants.ts';

export const masq = attrs('masq', { flags: attr(NFTA_MASQ.FLAGS, u32be) });

/** `masquerade`. */
export function masquerade() {
  return { kind: 'masq', data: {} } as const;
}
