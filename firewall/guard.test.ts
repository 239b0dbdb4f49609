import { expect, test } from 'vitest';
import { Mac } from '../address/index.ts';
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
