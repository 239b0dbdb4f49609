import { describe, expect, it } from 'vitest';
import { Cidr } from '../../address/index.ts';
import { readCondition } from './conditions.ts';

const cidr = (text: string, isNegated = false) => ({ value: Cidr.parse(text), isNegated });

describe('readCondition', () => {
  it('reads what iptables takes', () => {
    expect(readCondition('conditionsV4', 4, [])).toBeUndefined();
    expect(readCondition('conditionsV4', 4, ['-d', '192.0.2.0/24'])).toEqual({
      destination: cidr('192.0.2.0/24'),
    });
    expect(readCondition('conditionsV4', 4, ['!', '-s', '192.0.2.1', '--in-interface', 'eth+'])).toEqual({
      source: cidr('192.0.2.1/32', true),
      iifname: { value: 'eth+', isNegated: false },
    });
    expect(readCondition('conditionsV6', 6, ['--src', '2001:db8::1/64'])).toEqual({
      source: cidr('2001:db8::/64'),
    });
  });

  it('reads what nft takes, in words or in one text', () => {
    const wanted = { source: cidr('192.0.2.0/24', true), iifname: { value: 'eth+', isNegated: false } };
    const whole = 'ip saddr != 192.0.2.0/24 meta iifname == "eth*"';
    expect(readCondition('conditionsV4', 4, [whole])).toEqual(wanted);
    expect(readCondition('conditionsV4', 4, whole.split(' '))).toEqual(wanted);
    expect(readCondition('conditionsV6', 6, ['ip6 daddr 2001:db8::/64'])).toEqual({
      destination: cidr('2001:db8::/64'),
    });
  });

  it.each([
    [['-p', 'tcp']],
    [['-s']],
    [['!']],
    [['-s', '10.0.0.0/8,192.0.2.0/24']],
    [['-s', '2001:db8::/64']],
    [['-s', '10.0.0.0/33']],
    [['-s', '10.0.0.0/8/8']],
    [['-s', '10.0.0.0/8', '-s', '192.0.2.0/24']],
    [['-i', '+']],
    [['-i', 'sixteen-letters!']],
    [['ip saddr @blocked']],
    [['tcp flags syn']],
    [['ip saddr 10.0.0.0/8 or']],
  ])('refuses %j, naming it', (values) => {
    expect(() => readCondition('conditionsV4', 4, values)).toThrow(
      expect.objectContaining({
        cniCode: 2,
        message: expect.stringContaining(`conditionsV4 ${JSON.stringify(values)}`) as string,
      }),
    );
  });
});
