// Chains of nf_tables.
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { AnyRequest } from '../message.ts';
import { NLM_F } from '../message.ts';
import { cstring, s32be, u32be } from '../scalar.ts';
import { NF_INET, NFT_VERDICT, NFTA_CHAIN, NFTA_HOOK } from './constants.ts';
import { familyNamed, familyOf, nameOf, nftRequest, ofAllFamilies } from './nfnetlink.ts';
import type { Table, TableFamily } from './nfnetlink.ts';
import { comment } from './userdata.ts';

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
  comment: attr(NFTA_CHAIN.USERDATA, comment),
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

/** What names a chain in all tables. */
export interface ChainKey {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
}

/** Asks for a chain that only rules of others lead to; the comment tells whose it is. */
export function newRegularChain({ family, table, chain: name }: ChainKey, note: string): AnyRequest {
  const value = { table, name, comment: note };
  return nftRequest('NEWCHAIN', `chain ${name}`, NLM_F.CREATE, chainAttributes, value, family);
}

/** Asks to delete a chain with its rules; refused with EBUSY while a rule elsewhere leads to it. */
export function deleteChain({ family, table, chain: name }: ChainKey): AnyRequest {
  return nftRequest('DELCHAIN', `chain ${name}`, 0, chainAttributes, { table, name }, family);
}

/** How many rules a chain has, together with the jumps that lead to it; undefined when there is no such chain. */
export function countRules(connection: Connection, table: Table, chain: string): number | undefined {
  return findChain(connection, { family: familyOf(table), table: nameOf(table), chain })?.rules;
}

/** The chain of that name, or undefined when there is none. */
export function findChain(
  connection: Connection,
  { family, table, chain: name }: ChainKey,
): Infer<typeof chainAttributes> | undefined {
  const request = nftRequest('GETCHAIN', `chain ${name}`, 0, chainAttributes, { table, name }, family);
  try {
    return connection.get(request).attributes;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A chain that may be another program's. */
export interface Chain extends ChainKey {
  /** Of a base chain: its type, the number of its hook and its priority. */
  readonly base: { readonly type: string; readonly hook: number; readonly priority: number } | undefined;
  /** What becomes of packets that no rule of a base chain decides about. */
  readonly policy: number;
}

/** All chains of the families that tsnet knows, whoever made them. */
export function listChains(connection: Connection): Chain[] {
  const request = ofAllFamilies(nftRequest('GETCHAIN', 'chains', 0, chainAttributes, {}));
  return connection.dump(request).flatMap(({ header, attributes: { table, name, hook, policy, type } }) => {
    const family = familyNamed(header.family);
    if (family === undefined || table === undefined || name === undefined) return [];
    const base =
      hook?.number === undefined
        ? undefined
        : { type: type ?? '', hook: hook.number, priority: hook.priority ?? 0 };
    return [{ family, table, chain: name, base, policy: policy ?? NFT_VERDICT.ACCEPT }];
  });
}
