// Paces as people write them.
import { TsnetError } from '../errors/tsnet-error.ts';
import type { RateLimit } from './request.ts';

const FACTORS = { '': 1, k: 1e3, M: 1e6, G: 1e9 } as const;

/** How long a burst may be, in seconds at the full rate, and the least that it is: one piece as senders hand it to the kernel. */
const BURST_SECONDS = 0.1;
const LEAST_BURST = 64 * 1024 * 8;

/** Reads a pace in bits per second, such as 500k, 10M or 2.5G; `name` is what it is told as. Throws TSNET_CONFIG. */
export function readRate(name: string, text: string): RateLimit {
  const [, number = '', suffix = ''] = /^(\d{1,12}(?:\.\d{1,9})?)([kMG]?)$/.exec(text) ?? [];
  const rate = Math.floor(Number(number) * FACTORS[suffix as keyof typeof FACTORS]);
  if (rate < 1)
    throw new TsnetError(
      'TSNET_CONFIG',
      `${name} "${text}": must be bits per second, such as 500k, 10M or 1G`,
    );
  return { rate, burst: Math.max(Math.floor(rate * BURST_SECONDS), LEAST_BURST) };
}
