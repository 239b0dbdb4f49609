// match: a match of iptables' own (nft_compat), as iptables-nft writes them for what nf_tables has no expression for.
import { attr, attrs } from '../../attributes.ts';
import { cstring, raw, u32be } from '../../scalar.ts';
import { NFTA_MATCH } from '../constants.ts';

export const match = attrs('match', {
  name: attr(NFTA_MATCH.NAME, cstring),
  revision: attr(NFTA_MATCH.REV, u32be),
  info: attr(NFTA_MATCH.INFO, raw),
});
