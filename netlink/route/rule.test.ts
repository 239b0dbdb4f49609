import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cidr, Ip } from '../../address/index.ts';
import { anyIp, anyOf, anyText, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { AF, FR_ACT, RT_TABLE } from './constants.ts';
import { deleteRule, fib_rule_hdr, newRule, ruleAttributes } from './rule.ts';

codecLaws(
  fib_rule_hdr,
  fc.record({
    family: anyU8,
    dstPrefix: anyU8,
    srcPrefix: anyU8,
    tos: anyU8,
    table: anyU8,
    action: anyU8,
    flags: anyU32,
  }),
);

attributeLaws(
  ruleAttributes,
  anyOf({
    iif: anyText,
    source: anyIp,
    destination: anyIp,
    table: anyU32,
    priority: anyU32,
    protocol: anyU8,
  }),
);

it.each([
  ['10.1.0.2', AF.INET, 32],
  ['fd00::2', AF.INET6, 128],
])(
  'a rule is about the whole address %s, its table in an attribute that has room for it',
  (text, family, bits) => {
    const source = Ip.parse(text);
    const { body, subject } = newRule({ source, table: 1000 });
    expect(subject).toBe(`rule from ${text} lookup 1000`);
    expect(body.header).toMatchObject({
      family,
      srcPrefix: bits,
      table: RT_TABLE.UNSPEC,
      action: FR_ACT.TO_TBL,
    });
    expect(body.attributes).toEqual({ source, table: 1000 });
    expect(deleteRule({ source, table: 1000 }).body).toEqual(body);
  },
);

it('a rule about a passage names the interface, the subnet and its maker', () => {
  const rule = { iif: 'br0', table: 1000, priority: 90, protocol: 116 };
  const { body, subject } = newRule({ ...rule, destination: Cidr.parse('fd02::/64') });
  expect(subject).toBe('rule from all to fd02::/64 iif br0 lookup 1000');
  expect(body.header).toMatchObject({ family: AF.INET6, dstPrefix: 64, srcPrefix: 0 });
  expect(body.attributes).toEqual({ ...rule, destination: Ip.parse('fd02::') });
});
