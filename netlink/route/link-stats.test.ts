import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyOf, anyText, anyU64 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { decode, encode } from '../codec.ts';
import { countedLinkAttributes, rtnl_link_stats64 } from './link-stats.ts';

const anyStats = fc.record({
  ...{ rxPackets: anyU64, txPackets: anyU64, rxBytes: anyU64, txBytes: anyU64 },
  ...{ rxErrors: anyU64, txErrors: anyU64, rxDropped: anyU64, txDropped: anyU64 },
});

codecLaws(rtnl_link_stats64, anyStats);
attributeLaws(countedLinkAttributes, anyOf({ ifname: anyText, stats: anyStats }));

test('what later kernels have behind it is passed over', () => {
  const stats = {
    ...{ rxPackets: 1n, txPackets: 2n, rxBytes: 3n, txBytes: 4n },
    ...{ rxErrors: 5n, txErrors: 6n, rxDropped: 7n, txDropped: 8n },
  };
  const bytes = new Uint8Array(25 * 8).fill(0xff);
  bytes.set(encode(rtnl_link_stats64, stats));
  expect(decode(rtnl_link_stats64, bytes)).toEqual(stats);
});
