// NFTA_DATA: a value in a register, or a verdict.
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import { cstring, raw, s32be } from '../scalar.ts';
import { NFT_VERDICT, NFTA_DATA, NFTA_VERDICT } from './constants.ts';

export const data = attrs('data', {
  value: attr(NFTA_DATA.VALUE, raw),
  verdict: nested(
    NFTA_DATA.VERDICT,
    attrs('verdict', { code: attr(NFTA_VERDICT.CODE, s32be), chain: attr(NFTA_VERDICT.CHAIN, cstring) }),
  ),
});

export type Data = Infer<typeof data>;

/** What a rule or a verdict map says about a packet. */
export type Verdict = 'accept' | 'drop' | 'return' | { readonly jump: string } | { readonly goto: string };

/** A verdict as data. */
export function verdictData(verdict: Verdict): Data {
  if (verdict === 'accept') return { verdict: { code: NFT_VERDICT.ACCEPT } };
  if (verdict === 'drop') return { verdict: { code: NFT_VERDICT.DROP } };
  if (verdict === 'return') return { verdict: { code: NFT_VERDICT.RETURN } };
  if ('jump' in verdict) return { verdict: { code: NFT_VERDICT.JUMP, chain: verdict.jump } };
  return { verdict: { code: NFT_VERDICT.GOTO, chain: verdict.goto } };
}
