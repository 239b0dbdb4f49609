import { expect, test } from 'vitest';
import { publishedRules } from './reference-ports.ts';

test('three rules for each port, and one for fifteen that leads to them', () => {
  const lines = publishedRules('CNI-DN-x', '10.88.200.1', 30_000, 31).split('\n');
  expect(lines.filter((line) => line.startsWith('-A CNI-DN-x '))).toHaveLength(3 * 31);
  expect(lines.filter((line) => line.startsWith('-A CNI-HOSTPORT-DNAT '))).toEqual([
    expect.stringContaining('--dports 30000,30001,'),
    expect.stringContaining('--dports 30015,30016,'),
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat CNI-DN-x" -m multiport --dports 30030 -j CNI-DN-x',
  ]);
  expect(lines).toContain('-A CNI-DN-x -p tcp -m tcp --dport 30030 -j DNAT --to-destination 10.88.200.1:80');
});
