// Queueing disciplines: at what pace packets leave a link, and where filters hang (RTM_*QDISC, linux/pkt_sched.h).
import { isTsnetError } from '../../errors/tsnet-error.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { NLM_F } from '../message.ts';
import type { Request } from '../message.ts';
import { pad, s32, u16, u32, u64, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { tagged } from '../tagged.ts';
import { RTM, TC_H, TC_LINKLAYER, TCA, TCA_TBF } from './constants.ts';

/** struct tcmsg, the header of qdiscs and of filters. */
export const tcmsg = struct('tcmsg', {
  family: u8,
  pad1: pad(1),
  pad2: pad(2),
  index: s32,
  handle: u32,
  parent: u32,
  info: u32,
});

/** struct tc_ratespec. The kernel has rate tables no more; what they were made of stays 0. */
export const tcRatespec = struct('tc_ratespec', {
  cellLog: u8,
  linkLayer: u8,
  overhead: u16,
  cellAlign: u16,
  mpu: u16,
  rate: u32,
});

/** struct tc_tbf_qopt; `buffer` in ticks. */
export const tcTbfQopt = struct('tc_tbf_qopt', {
  rate: tcRatespec,
  peakRate: tcRatespec,
  limit: u32,
  buffer: u32,
  mtu: u32,
});

/** The attributes of a qdisc. `ingress` does not queue: it is the place for filters on what a link receives. */
export const qdiscAttributes = tagged(
  'qdisc',
  { kind: TCA.KIND, data: TCA.OPTIONS },
  {
    tbf: attrs('tbf', {
      parameters: attr(TCA_TBF.PARMS, tcTbfQopt),
      rate64: attr(TCA_TBF.RATE64, u64),
      burst: attr(TCA_TBF.BURST, u32),
    }),
    ingress: attrs('ingress', {}),
  },
);

const format = { header: tcmsg, attributes: qdiscAttributes };
type QdiscAttributes = Infer<typeof qdiscAttributes>;
type QdiscRequest = Request<Infer<typeof tcmsg>, QdiscAttributes>;

/** A token bucket (tc-tbf(8)): `rate` in bytes per second; `burst`, what may pass at once, and the queue's `limit` in bytes. */
export interface TokenBucket {
  readonly rate: number;
  readonly burst: number;
  readonly limit: number;
}

/** The biggest number in 32 bits, which is how bursts and limits travel. */
export const U32_MAX = 0xffffffff;

/** The kernel's unit of time in rates: 64 ns (PSCHED_SHIFT in net/pkt_sched.h, shown by /proc/net/psched). */
export const TICKS_PER_SECOND = 1e9 / 64;

/** How long a burst lasts at its rate, in ticks, of which the kernel tells the lower 32 bits alone. */
function ticksOf({ rate, burst }: Pick<TokenBucket, 'rate' | 'burst'>): number {
  return Math.min(Math.round((burst / rate) * TICKS_PER_SECOND), U32_MAX);
}

function qdiscRequest(
  operation: 'NEWQDISC' | 'DELQDISC' | 'GETQDISC',
  flags: number,
  header: { index: number; parent: number; handle?: number },
  attributes: QdiscAttributes,
): QdiscRequest {
  return {
    operation: `RTM_${operation}`,
    subject: `of link ${header.index}`,
    type: RTM[operation],
    flags,
    format,
    body: { header: tcmsg.make(header), attributes },
  };
}

/** Asks for a token bucket at the root of a link; refused with EEXIST when somebody has put a qdisc there. */
export function newTokenBucket(index: number, handle: number, bucket: TokenBucket): QdiscRequest {
  const rate = tcRatespec.make({
    linkLayer: TC_LINKLAYER.ETHERNET,
    rate: Math.min(bucket.rate, U32_MAX),
  });
  const parameters = tcTbfQopt.make({ rate, limit: bucket.limit, buffer: ticksOf(bucket) });
  const rate64 = bucket.rate > U32_MAX ? BigInt(bucket.rate) : undefined;
  const header = { index, parent: TC_H.ROOT, handle };
  const data = { parameters, rate64, burst: bucket.burst };
  return qdiscRequest('NEWQDISC', NLM_F.CREATE | NLM_F.EXCL, header, { kind: 'tbf', data });
}

/** Where filters on what a link receives hang; the kernel has one handle for it. */
const INGRESS = { parent: TC_H.INGRESS, handle: 0xffff0000 } as const;

/** Asks for the place of filters on what a link receives; refused with EEXIST when there is one. */
export function newIngress(index: number): QdiscRequest {
  return qdiscRequest('NEWQDISC', NLM_F.CREATE | NLM_F.EXCL, { index, ...INGRESS }, { kind: 'ingress' });
}

/** Asks to delete the place of filters on what a link receives, with all filters there. */
export function deleteIngress(index: number): QdiscRequest {
  return qdiscRequest('DELQDISC', 0, { index, ...INGRESS }, { kind: 'other:' });
}

/** Asks to delete the qdisc at the root of a link; refused with EINVAL when it has another handle. */
export function deleteRootQdisc(index: number, handle: number): QdiscRequest {
  return qdiscRequest('DELQDISC', 0, { index, parent: TC_H.ROOT, handle }, { kind: 'other:' });
}

/** A qdisc as the kernel shows it; `bucket` if it is a token bucket, its burst reckoned back from ticks. */
export interface Qdisc {
  readonly kind: string;
  readonly handle: number;
  readonly bucket: TokenBucket | undefined;
}

function toQdisc({
  header,
  attributes,
}: {
  header: Infer<typeof tcmsg>;
  attributes: QdiscAttributes;
}): Qdisc {
  const { handle } = header;
  const { kind } = attributes;
  const parameters = attributes.kind === 'tbf' ? attributes.data?.parameters : undefined;
  if (attributes.kind !== 'tbf' || parameters === undefined) return { kind, handle, bucket: undefined };
  const rate = Number(attributes.data?.rate64 ?? parameters.rate.rate);
  const burst = (parameters.buffer / TICKS_PER_SECOND) * rate;
  return { kind, handle, bucket: { rate, burst, limit: parameters.limit } };
}

/** The qdisc at a link's root, or at its ingress; undefined when there is none (or none that the kernel would show). */
export function findQdisc(
  connection: Connection,
  index: number,
  parent: typeof TC_H.ROOT | typeof TC_H.INGRESS,
): Qdisc | undefined {
  try {
    // Before 6.10 the answer is an echo of a notification.
    return toQdisc(
      connection.get(qdiscRequest('GETQDISC', NLM_F.ECHO, { index, parent }, { kind: 'other:' })),
    );
  } catch (error) {
    // A link that was never up has a qdisc that is found and not told.
    const isUntold = isTsnetError(error, 'TSNET_PROTOCOL');
    if (isUntold || isKernelError(error, 'ENOENT', 'ENODEV', 'EINVAL')) return undefined;
    throw error;
  }
}
