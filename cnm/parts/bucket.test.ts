import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketFor, isSameBucket } from './bucket.ts';

const U32_MAX = 2 ** 32 - 1;

describe('a bucket', () => {
  it('has the limit in bytes, and a queue of 25 ms and one burst', () => {
    expect(bucketFor({ rate: 8_000_000, burst: 800_000 }, 1500)).toEqual({
      rate: 1_000_000,
      burst: 100_000,
      limit: 125_000,
    });
  });

  it("takes containerd's burst, the biggest number in 32 bits, without a queue of minutes", () => {
    const { burst, limit } = bucketFor({ rate: 8_000_000, burst: U32_MAX }, 1500);
    expect(burst).toBe(274_877_906);
    expect(limit).toBe(1_025_000);
  });

  it('holds one packet at least', () => {
    expect(bucketFor({ rate: 8_000_000, burst: 8 }, 1500)).toMatchObject({ burst: 1514 });
    expect(bucketFor({ rate: 1, burst: 1 }, 65535)).toMatchObject({ rate: 239, burst: 65549 });
  });

  it('has whole numbers that fit their fields, whatever is asked for', () => {
    const any = fc.double({ min: 1, max: 2 ** 64, noNaN: true });
    fc.assert(
      fc.property(any, any, fc.integer({ min: 68, max: 65535 }), (rate, burst, mtu) => {
        const bucket = bucketFor({ rate, burst }, mtu);
        for (const value of Object.values(bucket)) expect(Number.isInteger(value)).toBe(true);
        expect(bucket.burst).toBeGreaterThanOrEqual(mtu + 14);
        expect(bucket.burst).toBeLessThanOrEqual(U32_MAX);
        expect(bucket.limit).toBeGreaterThanOrEqual(bucket.burst > 131072 ? 131072 : bucket.burst);
        expect(bucket.limit).toBeLessThanOrEqual(U32_MAX);
        expect((bucket.burst / bucket.rate) * (1e9 / 64)).toBeLessThanOrEqual(U32_MAX);
      }),
    );
  });
});

it('a bucket is the same with a burst that was rounded, and not with another rate, limit or burst', () => {
  const bucket = bucketFor({ rate: 8_000_000, burst: 800_000 }, 1500);
  expect(isSameBucket({ ...bucket, burst: bucket.burst - 100 }, bucket)).toBe(true);
  expect(isSameBucket({ ...bucket, burst: bucket.burst * 2 }, bucket)).toBe(false);
  expect(isSameBucket({ ...bucket, rate: bucket.rate + 1 }, bucket)).toBe(false);
  expect(isSameBucket({ ...bucket, limit: bucket.limit + 1 }, bucket)).toBe(false);
});
