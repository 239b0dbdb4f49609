// Ranges of addresses from one to another, as the blocks that networks of ours give addresses from.
import { Cidr } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { untakeable } from './translation.ts';

const bits = { 4: 32, 6: 128 } as const;

/**
 * The block of `subnet` that a range from `start` to `end` stands for, both being of it; undefined: all of the subnet. Where
 * the range is none, the largest block in it, of the lowest such, and a remark. Throws TSNET_CONFIG for an empty range.
 */
export function blockOf(
  subnet: Cidr,
  start: Ip = subnet.first,
  end: Ip = subnet.last,
  remarks: string[] = [],
): Cidr | undefined {
  const text = `range ${start.toString()}-${end.toString()}`;
  if (!subnet.contains(start) || !subnet.contains(end) || start.value > end.value)
    throw untakeable(`${text}: is not in subnet ${subnet.toString()}`);
  for (let prefix = subnet.prefix; prefix <= bits[subnet.family]; prefix++) {
    const exact = Cidr.of(start, prefix);
    if (isWhole(exact, start, end)) return exact.equals(subnet) ? undefined : exact;
    const inner = exact.first.equals(start) ? exact : Cidr.of(exact.last.plus(1n), prefix);
    if (!subnet.containsCidr(inner) || inner.first.value < start.value || inner.last.value > end.value)
      continue;
    remarks.push(`${text}: addresses are given from ${inner.toString()}, the largest block in it`);
    return inner;
  }
  throw untakeable(`${text}: has no address`);
}

// The first address of a block is often left out, being the subnet's own, and the last, being its broadcast address.
function isWhole({ first, last }: Cidr, start: Ip, end: Ip): boolean {
  const isFirst = start.value - first.value <= 1n && start.value >= first.value;
  return isFirst && last.value - end.value <= 1n && last.value >= end.value;
}
