import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterfaceAddress, Ip } from '../../address/index.ts';
import { anyIp, anyOf, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { addressAttributes, ifaddrmsg, newAddress } from './address.ts';
import { AF, IFA_F } from './constants.ts';

codecLaws(ifaddrmsg, fc.record({ family: anyU8, prefix: anyU8, flags: anyU8, scope: anyU8, index: anyU32 }));

attributeLaws(addressAttributes, anyOf({ address: anyIp, local: anyIp, broadcast: anyIp, flags: anyU32 }));

describe('newAddress', () => {
  it.each([
    ['10.1.0.1/24', '10.1.0.255'],
    ['10.1.0.1/30', '10.1.0.3'],
    ['10.1.0.1/31', undefined],
    ['10.1.0.1/32', undefined],
    ['fd00::1/64', undefined],
  ])('gives %s the broadcast address %s', (text, broadcast) => {
    const address = InterfaceAddress.parse(text);
    const { body, subject } = newAddress(7, address);
    expect(subject).toBe(`address ${text}`);
    expect(body.header).toMatchObject({ index: 7, prefix: address.prefix, scope: 0 });
    expect(body.attributes.broadcast).toEqual(broadcast === undefined ? undefined : Ip.parse(broadcast));
    expect(body.attributes.local).toEqual(address.ip);
  });

  it('leaves out duplicate address detection, which IPv6 alone has', () => {
    const six = newAddress(7, InterfaceAddress.parse('fd00::1/64')).body;
    expect([six.header.family, (six.attributes.flags ?? 0) & IFA_F.NODAD]).toEqual([AF.INET6, IFA_F.NODAD]);
    const four = newAddress(7, InterfaceAddress.parse('10.1.0.1/24')).body;
    expect([four.header.family, (four.attributes.flags ?? 0) & IFA_F.NODAD]).toEqual([AF.INET, 0]);
  });
});
