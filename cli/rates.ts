// From counters at two moments to rates.
import type { Traffic } from '../cnm/traffic.ts';
import { table } from './output/table.ts';

/** How much passes an endpoint in a second, from its own side. */
export interface Rate {
  readonly network: string;
  readonly sandbox: string;
  readonly ifname: string;
  readonly rxBitsPerSecond: number;
  readonly txBitsPerSecond: number;
  readonly rxPacketsPerSecond: number;
  readonly txPacketsPerSecond: number;
  /** Between the two moments. */
  readonly dropped: number;
}

/** The rates of endpoints that were there at both moments, the busiest first; between them lie that many seconds. */
export function ratesBetween(before: readonly Traffic[], after: readonly Traffic[], seconds: number): Rate[] {
  const earlier = new Map(before.map((one) => [one.id, one]));
  return after
    .flatMap((now): Rate[] => {
      const then = earlier.get(now.id);
      if (then === undefined || seconds <= 0) return [];
      // An endpoint that was made anew under its old name counts from zero.
      const grown = (of: (one: Traffic) => bigint): number => Math.max(0, Number(of(now) - of(then)));
      const { network, sandbox, ifname } = now;
      return [
        {
          ...{ network, sandbox, ifname },
          rxBitsPerSecond: Math.round((grown((one) => one.rxBytes) * 8) / seconds),
          txBitsPerSecond: Math.round((grown((one) => one.txBytes) * 8) / seconds),
          rxPacketsPerSecond: Math.round(grown((one) => one.rxPackets) / seconds),
          txPacketsPerSecond: Math.round(grown((one) => one.txPackets) / seconds),
          dropped: grown((one) => one.dropped),
        },
      ];
    })
    .sort((a, b) => b.rxBitsPerSecond + b.txBitsPerSecond - a.rxBitsPerSecond - a.txBitsPerSecond);
}

const units = ['', 'k', 'M', 'G', 'T'];

/** A number in three digits or so, with a unit of thousands: `1.25M`. */
export function short(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)}${units[unit] ?? ''}`;
}

/** Rates as a table. */
export function ratesText(rates: readonly Rate[]): string {
  const heading = [
    'SANDBOX',
    'NETWORK',
    'INTERFACE',
    'RECEIVES',
    'SENDS',
    'PACKETS IN',
    'PACKETS OUT',
    'DROPPED',
  ];
  const rows = rates.map((one) => [
    ...[one.sandbox, one.network, one.ifname],
    `${short(one.rxBitsPerSecond)}bit/s`,
    `${short(one.txBitsPerSecond)}bit/s`,
    `${short(one.rxPacketsPerSecond)}/s`,
    `${short(one.txPacketsPerSecond)}/s`,
    String(one.dropped),
  ]);
  return table(heading, rows);
}
