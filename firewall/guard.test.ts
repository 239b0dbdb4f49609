import { expect, test } from 'vitest';
import { Ip, Mac } from '../address/index.ts';
import { guardTable } from './guard.ts';

const mac = Mac.parse('02:42:0a:01:00:02');
const owner = 'net/one/eth0';

test('a guarded port is known, and with it the one source it may have', () => {
  const other = { owner: 'net/two/eth0', port: 'veth2', mac };
  const elements = guardTable.elementsOf([{ owner, port: 'veth1', mac }, other]);
  expect(elements.map(({ set, elements }) => [set.name, elements])).toEqual([
    [
      'guarded',
      [
        { key: ['veth1'], owner },
        { key: ['veth2'], owner: other.owner },
      ],
    ],
    [
      'sources',
      [
        { key: ['veth1', mac], owner },
        { key: ['veth2', mac], owner: other.owner },
      ],
    ],
  ]);
});

test('without guards there are no elements', () => {
  expect(guardTable.elementsOf([])).toEqual([]);
});

test('a strict port is known with the addresses it may have, each with the link-layer one', () => {
  const [ipv4, ipv6] = [Ip.parse('10.1.0.2'), Ip.parse('fd00::2')];
  const elements = guardTable.elementsOf([{ owner, port: 'veth1', mac, addresses: [ipv4, ipv6] }]);
  expect(Object.fromEntries(elements.map(({ set, elements }) => [set.name, elements]))).toEqual({
    guarded: [{ key: ['veth1'], owner }],
    sources: [{ key: ['veth1', mac], owner }],
    strict: [{ key: ['veth1'], owner }],
    sources4: [{ key: ['veth1', mac, ipv4], owner }],
    sources6: [{ key: ['veth1', mac, ipv6], owner }],
  });
});
