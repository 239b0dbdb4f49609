import { expect, test } from 'vitest';
import type { Traffic } from '../cnm/traffic.ts';
import { ratesBetween, ratesText, short } from './rates.ts';

const traffic = (id: string, rxBytes: bigint, txBytes: bigint): Traffic => ({
  ...{ id, network: 'app', sandbox: id, ifname: 'eth0', rxBytes, txBytes },
  ...{ rxPackets: rxBytes / 100n, txPackets: txBytes / 100n, dropped: 0n },
});

test('rates are what was counted in a second, the busiest first', () => {
  const before = [traffic('idle', 500n, 500n), traffic('busy', 0n, 1000n), traffic('gone', 1n, 1n)];
  const after = [traffic('idle', 500n, 500n), traffic('busy', 250_000n, 3000n), traffic('new', 9n, 9n)];
  const rates = ratesBetween(before, after, 2);
  expect(
    rates.map(({ sandbox, rxBitsPerSecond, txBitsPerSecond }) => [sandbox, rxBitsPerSecond, txBitsPerSecond]),
  ).toEqual([
    ['busy', 1_000_000, 8000],
    ['idle', 0, 0],
  ]);
  expect(
    ratesText(rates)
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['SANDBOX', 'NETWORK', 'INTERFACE', 'RECEIVES', 'SENDS', 'PACKETS IN', 'PACKETS OUT', 'DROPPED'],
    ['busy', 'app', 'eth0', '1.00Mbit/s', '8.00kbit/s', '1.25k/s', '10/s', '0'],
    ['idle', 'app', 'eth0', '0bit/s', '0bit/s', '0/s', '0/s', '0'],
    [''],
  ]);
});

test('counters that begin anew are no negative rate', () => {
  expect(ratesBetween([traffic('a', 900n, 900n)], [traffic('a', 1n, 1n)], 1)[0]).toMatchObject({
    rxBitsPerSecond: 0,
  });
  expect(ratesBetween([traffic('a', 0n, 0n)], [traffic('a', 1n, 1n)], 0)).toEqual([]);
});

test.each([
  [0, '0'],
  [999, '999'],
  [999.6, '1.00k'],
  [1250, '1.25k'],
  [12_500, '12.5k'],
  [999_499, '999k'],
  [999_500, '1.00M'],
  [5e15, '5000T'],
])('%d is %s', (value, text) => {
  expect(short(value)).toBe(text);
});
