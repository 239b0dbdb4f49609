import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cidr, Ip } from '../../address/index.ts';
import { blockOf } from './range.ts';

const subnet = Cidr.parse('10.1.0.0/24');

function block(start?: string, end?: string): [string | undefined, number] {
  const remarks: string[] = [];
  const ip = (text?: string): Ip | undefined => (text === undefined ? undefined : Ip.parse(text));
  const found = blockOf(subnet, ip(start), ip(end), remarks);
  return [found?.toString(), remarks.length];
}

test('a range is the block that it was made of, with or without its outermost addresses', () => {
  expect(block()).toEqual([undefined, 0]);
  expect(block('10.1.0.1', '10.1.0.254')).toEqual([undefined, 0]);
  expect(block('10.1.0.129', '10.1.0.255')).toEqual(['10.1.0.128/25', 0]);
  expect(block('10.1.0.128')).toEqual(['10.1.0.128/25', 0]);
});

test('any other range is told, and no address outside of it is given', () => {
  expect(block('10.1.0.100', '10.1.0.200')).toEqual(['10.1.0.128/26', 1]);
  expect(() => block('10.2.0.1', '10.2.0.9')).toThrow('is not in subnet 10.1.0.0/24');
  expect(() => block('10.1.0.9', '10.1.0.8')).toThrow('10.1.0.9-10.1.0.8');
  const at = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(at, at, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const [start, end] = [subnet.first.plus(BigInt(low)), subnet.first.plus(BigInt(high))];
      const remarks: string[] = [];
      const found = blockOf(subnet, start, end, remarks) ?? subnet;
      // The subnet's own and the broadcast address are given to nobody.
      const slack = remarks.length === 0 ? 1n : 0n;
      return found.first.value >= start.value - slack && found.last.value <= end.value + slack;
    }),
  );
});
