// An allow-list as elements of an interval set. There may be none in another (the kernel would refuse it), though lists
// may have a block within a block, and ports that overlap.
import type { Cidr } from '../address/index.ts';
import { protocols } from '../state/port.ts';
import type { EgressEntry } from './egress-policy.ts';

/** Protocol numbers and ports that lie side by side. */
export interface ServiceRange {
  readonly protocols: readonly [first: number, last: number];
  readonly ports: readonly [first: number, last: number];
}

/** A destination with services of it. */
export interface Allowed extends ServiceRange {
  readonly cidr: Cidr;
}

/** Services as numbers, the protocol above the port: the first and the last, both included. */
type Span = readonly [first: number, last: number];

const PORT_BITS = 16;
const MAX_PORT = 0xffff;
const EVERYTHING: Span = [0, 0xffffff];

function spansOf({ ports }: EgressEntry): Span[] {
  if (ports === undefined) return [EVERYTHING];
  return ports.map(({ protocol, first, last }) => {
    const base = protocols[protocol] << PORT_BITS;
    return [base | first, base | last];
  });
}

/** The same services in spans of which none touches another, in order. */
function merged(spans: readonly Span[]): Span[] {
  const result: [number, number][] = [];
  for (const [first, last] of [...spans].sort(([a], [b]) => a - b)) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function minus(spans: readonly Span[], away: readonly Span[]): Span[] {
  return away.reduce<readonly Span[]>(
    (left, [from, to]) =>
      left.flatMap(([first, last]): Span[] => {
        if (to < first || from > last) return [[first, last]];
        const below: Span[] = first < from ? [[first, from - 1]] : [];
        return to < last ? [...below, [to + 1, last]] : below;
      }),
    spans,
  ) as Span[];
}

/** A span as ranges of protocols with ranges of ports: the rest of the first protocol, whole ones, a part of the last. */
function rangesOf([first, last]: Span): ServiceRange[] {
  const [low, high] = [first >> PORT_BITS, last >> PORT_BITS];
  const [from, to] = [first & MAX_PORT, last & MAX_PORT];
  if (low === high) return [{ protocols: [low, low], ports: [from, to] }];
  const [firstWhole, lastWhole] = [from === 0 ? low : low + 1, to === MAX_PORT ? high : high - 1];
  const ranges: ServiceRange[] = [];
  if (from > 0) ranges.push({ protocols: [low, low], ports: [from, MAX_PORT] });
  if (firstWhole <= lastWhole) ranges.push({ protocols: [firstWhole, lastWhole], ports: [0, MAX_PORT] });
  if (to < MAX_PORT) ranges.push({ protocols: [high, high], ports: [0, to] });
  return ranges;
}

/** What a list allows, with no destination and service twice. */
export function allowedBy(entries: readonly EgressEntry[]): Allowed[] {
  const cidrs = entries
    .map(({ cidr }) => cidr)
    .filter((cidr, at, all) => all.findIndex((other) => other.equals(cidr)) === at);
  const spansAt = (isMeant: (cidr: Cidr) => boolean): Span[] =>
    merged(entries.filter(({ cidr }) => isMeant(cidr)).flatMap(spansOf));
  return cidrs.flatMap((cidr) => {
    const own = spansAt((other) => other.equals(cidr));
    const around = spansAt((other) => !other.equals(cidr) && other.containsCidr(cidr));
    return minus(own, around)
      .flatMap(rangesOf)
      .map((range) => ({ cidr, ...range }));
  });
}
