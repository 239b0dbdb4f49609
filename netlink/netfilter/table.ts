// Tables of nf_tables, always of family inet.
import { attr, attrs } from '../attributes.ts';
import type { AnyRequest } from '../message.ts';
import { NLM_F } from '../message.ts';
import { cstring, u32be } from '../scalar.ts';
import { NFTA_TABLE } from './constants.ts';
import { nftRequest } from './nfnetlink.ts';

export const tableAttributes = attrs('table', {
  name: attr(NFTA_TABLE.NAME, cstring),
  flags: attr(NFTA_TABLE.FLAGS, u32be),
});

/** Asks for a table; one that exists is left as it is. */
export function newTable(name: string): AnyRequest {
  return nftRequest('NEWTABLE', `table inet ${name}`, NLM_F.CREATE, tableAttributes, { name, flags: 0 });
}

/** Asks to delete a table with all that is in it. */
export function deleteTable(name: string): AnyRequest {
  return nftRequest('DELTABLE', `table inet ${name}`, 0, tableAttributes, { name });
}
