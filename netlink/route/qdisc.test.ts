import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, anyOf, anyS32, anyU16, anyU32, anyU64, anyU8 } from '../../test/arbitrary.ts';
import { codecLaws } from '../../test/codec-laws.ts';
import { encodeMessage } from '../message.ts';
import { deleteRootQdisc, newTokenBucket, qdiscAttributes, tcmsg, tcTbfQopt, U32_MAX } from './qdisc.ts';
import type { TokenBucket } from './qdisc.ts';

codecLaws(tcmsg, fc.record({ family: anyU8, index: anyS32, handle: anyU32, parent: anyU32, info: anyU32 }));

const anyRate = fc.record({
  cellLog: anyU8,
  linkLayer: anyU8,
  overhead: anyU16,
  cellAlign: anyU16,
  mpu: anyU16,
  rate: anyU32,
});
const anyParameters = fc.record({
  rate: anyRate,
  peakRate: anyRate,
  limit: anyU32,
  buffer: anyU32,
  mtu: anyU32,
});

codecLaws(tcTbfQopt, anyParameters);

codecLaws(
  qdiscAttributes,
  fc.oneof(
    fc.record({
      kind: fc.constant('tbf' as const),
      data: anyOf({ parameters: anyParameters, rate64: anyU64, burst: anyU32 }),
    }),
    fc.record({ kind: fc.constant('ingress' as const) }),
    fc.record({ kind: fc.constant('other:htb' as const), data: anyBytes }),
  ),
);

describe('a token bucket', () => {
  const sent = (bucket: TokenBucket) => {
    const { attributes } = newTokenBucket(7, 0x10000, bucket).body;
    return attributes.kind === 'tbf' ? attributes.data : undefined;
  };

  it('has its burst in bytes, and as the time that it lasts', () => {
    expect(sent({ rate: 1_000_000, burst: 100_000, limit: 125_000 })).toMatchObject({
      parameters: { rate: { rate: 1_000_000 }, limit: 125_000, buffer: 1_562_500 },
      burst: 100_000,
      rate64: undefined,
    });
  });

  it('has a rate beyond 32 bits in an attribute of its own', () => {
    const rate = 2 ** 40;
    expect(sent({ rate, burst: 1, limit: 1 })).toMatchObject({
      parameters: { rate: { rate: U32_MAX } },
      rate64: BigInt(rate),
    });
  });

  it('fits its fields whatever its burst', () => {
    const any = fc.record({ rate: fc.integer({ min: 1 }), burst: anyU32, limit: anyU32 });
    fc.assert(
      fc.property(any, (bucket) => {
        expect(() => encodeMessage(newTokenBucket(7, 0x10000, bucket), 0, 1)).not.toThrow();
      }),
    );
  });
});

it('the qdisc at a root is deleted by its handle, so that nobody else is hit', () => {
  expect(deleteRootQdisc(7, 0x10000).body.header).toMatchObject({
    index: 7,
    handle: 0x10000,
    parent: U32_MAX,
  });
});
