import { expect, test } from 'vitest';
import { Mac } from '../../address/index.ts';
import type { Link } from '../../netlink/route/link.ts';
import { keptOfLink, pick } from './kept.ts';

const mac = Mac.parse('02:00:00:00:00:01');
const other = Mac.parse('02:00:00:00:00:02');

function linkOf(ifname: string, attributes: Link['attributes'] = {}): Link {
  return { index: 7, flags: 0, ifname, mtu: 1500, attributes };
}

const kept = keptOfLink(linkOf('ens5', { address: mac, alias: 'mine' }), '0000:00:05.0');

test('what is kept of a device', () => {
  expect(kept).toEqual({
    name: 'ens5',
    alias: 'mine',
    address: '02:00:00:00:00:01',
    isPhysical: true,
    pciID: '0000:00:05.0',
  });
  const virtual = { info: { kind: 'veth', data: {} }, address: other, permanentAddress: mac } as const;
  expect(keptOfLink(linkOf('v0', virtual), undefined)).toMatchObject({
    alias: '',
    address: '02:00:00:00:00:01',
    isPhysical: false,
  });
});

test.each([
  ['as it was moved', linkOf('eth0', { address: mac, alias: 'ens5' })],
  ['renamed', linkOf('dev7', { address: mac, alias: 'ens5' })],
  ['back under its own name', linkOf('ens5', { address: mac })],
  ['with another alias', linkOf('eth0', { address: mac, alias: 'x' })],
  ['with another address', linkOf('eth0', { address: other, alias: 'ens5' })],
  [
    'with another address, that it did not come with',
    linkOf('x', { address: other, permanentAddress: mac, alias: 'ens5' }),
  ],
])('it is known %s', (_, link) => {
  expect(pick([linkOf('lo'), link], kept, 'eth0')).toBe(link);
});

test.each([
  ['its name alone', linkOf('eth0', { address: other })],
  ['its alias alone', linkOf('x', { address: other, alias: 'ens5' })],
  ['its address alone', linkOf('x', { address: mac })],
  ['its address, that another came with', linkOf('eth0', { address: mac, permanentAddress: other })],
])('one link with %s is not it', (_, link) => {
  expect(pick([link], kept, 'eth0')).toBeUndefined();
});

test('of two the one with more marks is it', () => {
  const [two, three] = [
    linkOf('dev3', { address: mac, alias: 'ens5' }),
    linkOf('eth0', { address: mac, alias: 'ens5' }),
  ];
  expect(pick([two, three], kept, 'eth0')).toBe(three);
  expect(pick([], kept, 'eth0')).toBeUndefined();
});
