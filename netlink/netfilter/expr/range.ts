// range: goes on when a register is between two values, or is not. iptables asks for ports so.
import { attr, attrs, nested } from '../../attributes.ts';
import { u32be } from '../../scalar.ts';
import { NFTA_RANGE } from '../constants.ts';
import { data } from '../data.ts';

export const range = attrs('range', {
  register: attr(NFTA_RANGE.SREG, u32be),
  operation: attr(NFTA_RANGE.OP, u32be),
  from: nested(NFTA_RANGE.FROM_DATA, data),
  to: nested(NFTA_RANGE.TO_DATA, data),
});
