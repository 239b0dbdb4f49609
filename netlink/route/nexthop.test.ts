import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ip } from '../../address/index.ts';
import { anyIp, anyOf, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { decode } from '../codec.ts';
import { nexthopAttributes, nexthops, rtnexthop } from './nexthop.ts';

codecLaws(rtnexthop, fc.record({ length: anyU16, flags: anyU8, hops: anyU8, oif: anyU32 }));
attributeLaws(nexthopAttributes, anyOf({ gateway: anyIp }));
codecLaws(
  nexthops,
  fc.array(
    fc.record({
      header: fc.record({ flags: anyU8, hops: anyU8, oif: anyU32 }),
      attributes: anyOf({ gateway: anyIp }),
    }),
    { maxLength: 3 },
  ),
);

it('reads what Linux 6 shows of a default route by two links', () => {
  const bytes = Buffer.from(
    '1c00000003000000' + // rtnexthop: 28 bytes, link 3
      '14000500fd010000000000000000000000000001' + // RTA_GATEWAY
      '1c00100005000000' + // RTNH_F_LINKDOWN, link 5
      '14000500fd020000000000000000000000000001',
    'hex',
  );
  expect(decode(nexthops, bytes)).toEqual([
    { header: { flags: 0, hops: 0, oif: 3 }, attributes: { gateway: Ip.parse('fd01::1') } },
    { header: { flags: 0x10, hops: 0, oif: 5 }, attributes: { gateway: Ip.parse('fd02::1') } },
  ]);
});

it('refuses a way that is shorter than its header', () => {
  expect(() => decode(nexthops, Buffer.from('0400000003000000', 'hex'))).toThrow('rtnexthop.length');
});
