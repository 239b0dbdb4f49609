import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cidr, Ip } from '../address/index.ts';
import { protocols } from '../state/port.ts';
import { allowedBy } from './egress-list.ts';
import type { Allowed } from './egress-list.ts';
import { readPortRange } from './egress-policy.ts';
import type { EgressEntry } from './egress-policy.ts';

function entry(cidr: string, ...ports: string[]): EgressEntry {
  return { cidr: Cidr.parse(cidr), ports: ports.length === 0 ? undefined : ports.map(readPortRange) };
}

function told(entries: readonly EgressEntry[]): string[] {
  return allowedBy(entries).map(
    ({ cidr, protocols: kinds, ports }) => `${cidr.toString()} ${kinds.join('-')} ${ports.join('-')}`,
  );
}

test('a destination without ports has every protocol and port', () => {
  expect(told([entry('10.0.0.0/8')])).toEqual(['10.0.0.0/8 0-255 0-65535']);
});

test('ports that touch are one range', () => {
  expect(told([entry('10.0.0.0/8', '80/tcp', '81-90/tcp', '53/udp')])).toEqual([
    '10.0.0.0/8 6-6 80-90',
    '10.0.0.0/8 17-17 53-53',
  ]);
});

test('what a wider destination allows is not said again of one within', () => {
  expect(told([entry('10.1.0.0/16', '80/tcp', '443/tcp'), entry('10.0.0.0/8', '443/tcp')])).toEqual([
    '10.1.0.0/16 6-6 80-80',
    '10.0.0.0/8 6-6 443-443',
  ]);
  expect(told([entry('10.0.0.0/8', '443/tcp'), entry('10.1.0.0/16')])).toEqual([
    '10.0.0.0/8 6-6 443-443',
    '10.1.0.0/16 0-5 0-65535',
    '10.1.0.0/16 6-6 0-442',
    '10.1.0.0/16 6-6 444-65535',
    '10.1.0.0/16 7-255 0-65535',
  ]);
});

const ports = fc
  .tuple(
    fc.constantFrom('tcp', 'udp', 'sctp'),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 0, max: 4 }),
  )
  .map(([protocol, first, more]) => readPortRange(`${first}-${first + more}/${protocol}`));
const cidrs = fc
  .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 28, max: 32 }))
  .map(([host, prefix]) => Cidr.of(Ip.parse('10.0.0.0').plus(BigInt(host)), prefix));
const lists = fc.array(
  fc.record({
    cidr: cidrs,
    ports: fc.option(fc.array(ports, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 5 },
);

test('every call that the list allows is in one element, and no other in any', () => {
  fc.assert(
    fc.property(lists, (entries) => {
      const allowed = allowedBy(entries);
      for (let host = 0n; host < 16n; host++) {
        const ip = Ip.parse('10.0.0.0').plus(host);
        for (const protocol of [1, ...Object.values(protocols)])
          for (let port = 0; port <= 18; port++) {
            const has = ({ cidr, protocols: kinds, ports: some }: Allowed): boolean =>
              cidr.contains(ip) && between(protocol, kinds) && between(port, some);
            expect(allowed.filter(has).length).toBe(isListed(entries, ip, protocol, port) ? 1 : 0);
          }
      }
    }),
    { numRuns: 40 },
  );
});

function between(value: number, [first, last]: readonly [number, number]): boolean {
  return first <= value && value <= last;
}

function isListed(entries: readonly EgressEntry[], ip: Ip, protocol: number, port: number): boolean {
  return entries.some(
    ({ cidr, ports: some }) =>
      cidr.contains(ip) &&
      (some?.some(
        (range) => protocols[range.protocol] === protocol && between(port, [range.first, range.last]),
      ) ??
        true),
  );
}
