// What the kernel tells of a packet on its way through the tables (NFT_MSG_TRACE, linux/netfilter/nf_tables.h).
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import { decodeBody } from '../message.ts';
import type { Message } from '../message.ts';
import { cstring, raw, s32be, u32be, u64be } from '../scalar.ts';
import { NFNL_SUBSYS, NFT_MSG, NFTA_VERDICT } from './constants.ts';
import { NFT_TRACETYPE, NFTA_TRACE } from './trace-constants.ts';
import { familyNamed, nfgenmsg } from './nfnetlink.ts';
import type { TableFamily } from './nfnetlink.ts';

export const traceAttributes = attrs('trace', {
  table: attr(NFTA_TRACE.TABLE, cstring),
  chain: attr(NFTA_TRACE.CHAIN, cstring),
  handle: attr(NFTA_TRACE.RULE_HANDLE, u64be),
  type: attr(NFTA_TRACE.TYPE, u32be),
  verdict: nested(
    NFTA_TRACE.VERDICT,
    attrs('verdict', { code: attr(NFTA_VERDICT.CODE, s32be), chain: attr(NFTA_VERDICT.CHAIN, cstring) }),
  ),
  id: attr(NFTA_TRACE.ID, u32be),
  networkHeader: attr(NFTA_TRACE.NETWORK_HEADER, raw),
  transportHeader: attr(NFTA_TRACE.TRANSPORT_HEADER, raw),
  iif: attr(NFTA_TRACE.IIF, u32be),
  oif: attr(NFTA_TRACE.OIF, u32be),
  nfproto: attr(NFTA_TRACE.NFPROTO, u32be),
  policy: attr(NFTA_TRACE.POLICY, u32be),
});

/** One step of a packet: a rule that it met to the end, the end of a chain, or the policy of a base chain. */
export interface TraceEvent {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  readonly type: 'policy' | 'return' | 'rule';
  /** Of the rule. */
  readonly handle: bigint | undefined;
  /** One of NFT_VERDICT: the rule's, or the policy. */
  readonly code: number;
  /** Where a jump or goto leads. */
  readonly target: string | undefined;
  /** What tells the packet from others for as long as it is in one namespace. */
  readonly packet: number;
  /** Present at the first event of each base chain, as the packet is by then. */
  readonly networkHeader: Uint8Array | undefined;
  readonly transportHeader: Uint8Array | undefined;
  /** Indexes of the devices that it came in and goes out by. */
  readonly iif: number | undefined;
  readonly oif: number | undefined;
}

const types = new Map<number, TraceEvent['type']>([
  [NFT_TRACETYPE.POLICY, 'policy'],
  [NFT_TRACETYPE.RETURN, 'return'],
  [NFT_TRACETYPE.RULE, 'rule'],
]);

/** The step that a message tells of; undefined for another message, and for a table of a family that tsnet does not know. */
export function readTrace({ type, payload }: Message): TraceEvent | undefined {
  if (type !== ((NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG.TRACE)) return undefined;
  const { header, attributes } = decodeBody(
    { header: nfgenmsg, attributes: traceAttributes },
    payload,
    nfgenmsg.bytes,
  );
  return toEvent(header.family, attributes);
}

function toEvent(number: number, attributes: Infer<typeof traceAttributes>): TraceEvent | undefined {
  const { table, chain, verdict, policy, id } = attributes;
  const family = familyNamed(number);
  const type = types.get(attributes.type ?? 0);
  const code = verdict?.code ?? policy;
  if (family === undefined || table === undefined || chain === undefined || type === undefined)
    return undefined;
  if (code === undefined || id === undefined) return undefined;
  const { handle, networkHeader, transportHeader, iif, oif } = attributes;
  return {
    ...{ family, table, chain, type, handle, code, target: verdict?.chain, packet: id },
    ...{ networkHeader, transportHeader, iif, oif },
  };
}
