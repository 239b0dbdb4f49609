import { expect, test } from 'vitest';
import { readable } from './line.ts';

test.each([
  [
    {
      level: 30,
      time: '2026-01-02T12:00:01.234Z',
      pid: 7,
      msg: 'a link is gone',
      ifname: 'veth1',
      why: 'no "owner"',
    },
    '12:00:01.234 info  a link is gone ifname=veth1 why="no \\"owner\\""\n',
  ],
  [{ level: 10, time: '2026-01-02T12:00:01.234Z', msg: 'x', list: [1] }, '12:00:01.234 trace x list=[1]\n'],
])('%j', (facts, line) => {
  expect(readable(`${JSON.stringify(facts)}\n`)).toBe(line);
});

test('what is no JSON stays', () => {
  expect(readable('words\n')).toBe('words\n');
});
