// A limit as the kernel takes it: a token bucket whose numbers fit, and that lets every packet pass in the end.
import { TICKS_PER_SECOND, U32_MAX } from '../../netlink/route/qdisc.ts';
import type { TokenBucket } from '../../netlink/route/qdisc.ts';
import type { RateLimit } from '../request.ts';

/** How long a packet may wait at the full rate, in seconds, as with the reference plugin. */
const LATENCY = 0.025;
/** The longest burst that can be told, in seconds at its rate: 32 bits of ticks. */
const LONGEST_BURST = U32_MAX / TICKS_PER_SECOND;
/** struct ethhdr, which the MTU does not count. */
const ETHERNET_HEADER = 14;
/** Two of the biggest packets that the kernel handles in one piece. */
const SMALLEST_QUEUE = 128 * 1024;

/**
 * The bucket for a limit on a link of that MTU. Bursts are cut to what the kernel can count (4 GB, and 274 s at their rate:
 * runtimes ask for "no limit" by the biggest number they have) and are never less than one packet, which could never pass.
 * What waits is 25 ms of the rate and one burst, of a big one as much as passes in a second: a queue of minutes is of no use.
 */
export function bucketFor(limit: RateLimit, mtu: number): TokenBucket {
  const packet = mtu + ETHERNET_HEADER;
  const rate = Math.max(Math.floor(limit.rate / 8), Math.ceil(packet / LONGEST_BURST));
  const most = Math.min(U32_MAX, Math.floor(rate * LONGEST_BURST));
  const burst = Math.min(Math.max(Math.floor(limit.burst / 8), packet), most);
  const queue = Math.floor(rate * LATENCY) + Math.min(burst, Math.max(rate, SMALLEST_QUEUE));
  return { rate, burst, limit: Math.min(queue, U32_MAX) };
}

/** Tells whether a bucket that the kernel shows is the one asked for; it counts bursts in whole ticks, in fixed point. */
export function isSameBucket(shown: TokenBucket, asked: TokenBucket): boolean {
  const tolerance = asked.burst / 100 + (2 * asked.rate) / TICKS_PER_SECOND;
  return (
    shown.rate === asked.rate &&
    shown.limit === asked.limit &&
    Math.abs(shown.burst - asked.burst) <= tolerance
  );
}
