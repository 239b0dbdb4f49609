// Chains of nf_tables.
import { attr, attrs, nested } from '../attributes.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { AnyRequest } from '../message.ts';
import { NLM_F } from '../message.ts';
import { cstring, s32be, u32be } from '../scalar.ts';
import { NF_INET, NFT_VERDICT, NFTA_CHAIN, NFTA_HOOK } from './constants.ts';
import { nftRequest } from './nfnetlink.ts';
import type { TableFamily } from './nfnetlink.ts';

export const chainAttributes = attrs('chain', {
  table: attr(NFTA_CHAIN.TABLE, cstring),
  name: attr(NFTA_CHAIN.NAME, cstring),
  hook: nested(
    NFTA_CHAIN.HOOK,
    attrs('hook', { number: attr(NFTA_HOOK.HOOKNUM, u32be), priority: attr(NFTA_HOOK.PRIORITY, s32be) }),
  ),
  policy: attr(NFTA_CHAIN.POLICY, u32be),
  rules: attr(NFTA_CHAIN.USE, u32be),
  type: attr(NFTA_CHAIN.TYPE, cstring),
});

/** A chain that may be another program's. */
export interface ChainName {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
}

/** Where a base chain is called from. A lower priority is called earlier. */
export interface Hook {
  readonly type: 'filter' | 'nat';
  readonly hook: keyof typeof NF_INET;
  readonly priority: number;
}

/** Asks for a chain; with a hook it is a base chain whose policy is accept. */
export function newChain(table: string, name: string, hook?: Hook): AnyRequest {
  const base =
    hook === undefined
      ? {}
      : {
          hook: { number: NF_INET[hook.hook], priority: hook.priority },
          policy: NFT_VERDICT.ACCEPT,
          type: hook.type,
        };
  return nftRequest('NEWCHAIN', `chain ${name}`, NLM_F.CREATE, chainAttributes, { table, name, ...base });
}

/** How many rules a chain has, together with the jumps that lead to it; undefined when there is no such chain. */
export function countRules(connection: Connection, table: string, name: string): number | undefined {
  const request = nftRequest('GETCHAIN', `chain ${name}`, 0, chainAttributes, { table, name });
  try {
    return connection.get(request).attributes.rules;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Tells whether there is such a chain. */
export function hasChain(connection: Connection, { family, table, chain: name }: ChainName): boolean {
  const request = nftRequest('GETCHAIN', `chain ${name}`, 0, chainAttributes, { table, name }, family);
  try {
    connection.get(request);
    return true;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Asks to delete a chain with its rules; refused with EBUSY while a rule elsewhere leads to it. */
export function deleteChain({ family, table, chain: name }: ChainName): AnyRequest {
  return nftRequest('DELCHAIN', `chain ${name}`, 0, chainAttributes, { table, name }, family);
}
