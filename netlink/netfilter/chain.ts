// Chains of nf_tables.
import { attr, attrs, nested } from '../attributes.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { AnyRequest } from '../message.ts';
import { NLM_F } from '../message.ts';
import { cstring, s32be, u32be } from '../scalar.ts';
import { NF_INET, NFT_VERDICT, NFTA_CHAIN, NFTA_HOOK } from './constants.ts';
import { familyOf, nameOf, nftRequest } from './nfnetlink.ts';
import type { Table } from './nfnetlink.ts';

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

/**
 * Where a base chain is called from. A lower priority is called earlier. The hooks of family bridge have the numbers of
 * those of family inet (linux/netfilter_bridge.h, NF_BR_PRE_ROUTING and so on).
 */
export interface Hook {
  readonly type: 'filter' | 'nat';
  readonly hook: keyof typeof NF_INET;
  readonly priority: number;
}

/** Asks for a chain; with a hook it is a base chain whose policy is accept. */
export function newChain(table: Table, name: string, hook?: Hook): AnyRequest {
  const base =
    hook === undefined
      ? {}
      : {
          hook: { number: NF_INET[hook.hook], priority: hook.priority },
          policy: NFT_VERDICT.ACCEPT,
          type: hook.type,
        };
  const attributes = { table: nameOf(table), name, ...base };
  return nftRequest('NEWCHAIN', `chain ${name}`, NLM_F.CREATE, chainAttributes, attributes, familyOf(table));
}

/** How many rules a chain has, together with the jumps that lead to it; undefined when there is no such chain. */
export function countRules(connection: Connection, table: Table, name: string): number | undefined {
  const attributes = { table: nameOf(table), name };
  const request = nftRequest('GETCHAIN', `chain ${name}`, 0, chainAttributes, attributes, familyOf(table));
  try {
    return connection.get(request).attributes.rules;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
