import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cidr, Ip } from '../../address/index.ts';
import { anyIp, anyOf, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { RT_SCOPE, RT_TABLE, RTN } from './constants.ts';
import { newRoute, routeAttributes, rtmsg } from './route.ts';

codecLaws(
  rtmsg,
  fc.record({
    family: anyU8,
    dstPrefix: anyU8,
    srcPrefix: anyU8,
    tos: anyU8,
    table: anyU8,
    protocol: anyU8,
    scope: anyU8,
    type: anyU8,
    flags: anyU32,
  }),
);

attributeLaws(
  routeAttributes,
  anyOf({
    dst: anyIp,
    oif: anyU32,
    gateway: anyIp,
    priority: anyU32,
    source: anyIp,
    metrics: anyOf({ mtu: anyU32, advmss: anyU32 }),
    nexthops: fc.array(
      fc.record({
        header: fc.record({ flags: anyU8, hops: anyU8, oif: anyU32 }),
        attributes: anyOf({ gateway: anyIp }),
      }),
      { maxLength: 3 },
    ),
    table: anyU32,
  }),
);

describe('newRoute', () => {
  const gateway = Ip.parse('10.1.0.1');
  it('names no destination for a default route', () => {
    const { body, subject } = newRoute({ dst: Cidr.parse('0.0.0.0/0'), oif: 7, gateway });
    expect(subject).toBe('route 0.0.0.0/0 via 10.1.0.1');
    expect(body.attributes).toMatchObject({ dst: undefined, gateway, oif: 7, table: RT_TABLE.MAIN });
  });

  it.each([
    ['10.1.0.0/24', {}, RT_SCOPE.LINK],
    ['10.1.0.0/24', { gateway }, RT_SCOPE.UNIVERSE],
    ['10.1.0.0/24', { type: RTN.LOCAL }, RT_SCOPE.HOST],
    ['10.1.0.0/24', { scope: RT_SCOPE.HOST }, RT_SCOPE.HOST],
    ['fd00::/64', {}, RT_SCOPE.UNIVERSE],
  ])('gives the route to %s with %o its scope', (dst, more, scope) => {
    expect(newRoute({ dst: Cidr.parse(dst), oif: 7, ...more }).body.header.scope).toBe(scope);
  });

  it('carries metrics only when there are some', () => {
    const dst = Cidr.parse('10.1.0.0/24');
    expect(newRoute({ dst, oif: 7 }).body.attributes.metrics).toBeUndefined();
    expect(newRoute({ dst, oif: 7, mtu: 1400 }).body.attributes.metrics).toEqual({ mtu: 1400 });
  });
});
