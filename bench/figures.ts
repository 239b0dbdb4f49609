// What many measurements say together.

/** Median and the values below which 10 % and 90 % of the samples are. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/** The value below which a share of the samples is, between neighbours in proportion. Throws when there are none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new Error('no samples: nothing was measured');
  return below + (above - below) * (at - Math.floor(at));
}

/** The spread of the samples. Throws when there are none. */
export function spread(samples: readonly number[]): Spread {
  return { median: quantile(samples, 0.5), p10: quantile(samples, 0.1), p90: quantile(samples, 0.9) };
}
