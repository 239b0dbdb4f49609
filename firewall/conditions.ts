// What rules of tsnet's table ask of packets, in expressions.
import type { Family } from '../address/index.ts';
import { encode } from '../netlink/codec.ts';
import { IPS, NF_CT_STATE, NFPROTO, NFT_REG } from '../netlink/netfilter/constants.ts';
import { maskWith } from '../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { loadConnection } from '../netlink/netfilter/expr/ct.ts';
import { loadDestinationType } from '../netlink/netfilter/expr/fib.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { u32 } from '../netlink/scalar.ts';

export const { R0 } = NFT_REG;

/** The register `words` 32-bit registers behind the first. */
export function behind(words: number): number {
  return R0 + words;
}

/** How many registers an address takes. */
export function words(family: Family): number {
  return family === 4 ? 1 : 4;
}

/** The registers that the name of an interface takes. */
export const NAME_WORDS = 4;

/** A number as the machine has it in a register. */
function hostU32(value: number): Uint8Array {
  return encode(u32, value);
}

/** Goes on for packets of a family. */
export const families: Record<Family, Expression[]> = {
  4: [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(NFPROTO.IPV4))],
  6: [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(NFPROTO.IPV6))],
};

const RTN_UNICAST = 1;
const RTN_LOCAL = 2;

/** Goes on for what is meant for this host. */
export const toThisHost: Expression[] = [loadDestinationType(R0), compare('EQ', R0, hostU32(RTN_LOCAL))];

/** Goes on for what is meant for one machine elsewhere, or for all but that. */
export function toUnicast(operation: 'EQ' | 'NEQ'): Expression[] {
  return [loadDestinationType(R0), compare(operation, R0, hostU32(RTN_UNICAST))];
}

/** Goes on for connections that a published port, or somebody else, has led here. */
export const isForwardedPort: Expression[] = [
  loadConnection('STATUS', R0),
  maskWith(R0, hostU32(IPS.DST_NAT)),
  compare('NEQ', R0, hostU32(0)),
];

/** Goes on for what belongs to a connection that was let pass before. */
export const isGoingOn: Expression[] = [
  loadConnection('STATE', R0),
  maskWith(R0, hostU32(NF_CT_STATE.ESTABLISHED | NF_CT_STATE.RELATED)),
  compare('NEQ', R0, hostU32(0)),
];
