import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cidr, Ip } from '../address/index.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';
import type { Database } from '../state/database.ts';
import { deleteEndpoint, insertEndpoint } from '../state/endpoint.ts';
import { leasesOf } from '../state/lease.ts';
import { endpointOf, openStore } from '../test/temporary-store.ts';
import { allocate } from './allocate.ts';
import { decideRange, rangeOf } from './range.ts';
import type { RangeSet } from './range.ts';

function setOf(...specs: [subnet: string, start?: string, end?: string, gateway?: string][]): RangeSet {
  const ip = (text?: string): Ip | undefined => (text === undefined ? undefined : Ip.parse(text));
  return specs.map(([subnet, start, end, gateway]) =>
    decideRange({
      subnet: Cidr.parse(subnet),
      rangeStart: ip(start),
      rangeEnd: ip(end),
      gateway: ip(gateway),
    }),
  );
}

/** Attaches `container` and gives the addresses that it got, as text. */
function give(
  db: Database,
  container: string,
  rangeSets: RangeSet[],
  requested: string[] = [],
  heldElsewhere: string[] = [],
): string[] {
  const endpoint = endpointOf(container);
  return db.transaction(() => {
    insertEndpoint(db, endpoint);
    const request = {
      network: 'net',
      endpoint: endpoint.id,
      rangeSets,
      requested: requested.map((text) => Ip.parse(text)),
      whyHeld: (ip: Ip) => (heldElsewhere.includes(ip.toString()) ? 'was given by host-local' : undefined),
    };
    return allocate(db, request).map(({ address }) => address.toString());
  });
}

function take(db: Database, container: string): void {
  db.transaction(() => {
    deleteEndpoint(db, endpointOf(container).id);
  });
}

const small = setOf(['10.1.0.0/29']);

/** Lets seconds go by for all addresses that rest. */
function passTime(db: Database, seconds: number): void {
  db.transaction(() => db.run('UPDATE resting SET released = released - ?', seconds * 1000));
}

test('the first address behind the gateway comes first, with the prefix of its subnet', () => {
  expect(give(openStore(), 'a', [small])).toEqual(['10.1.0.2/29']);
});

test('the lease tells gateway, network and endpoint', () => {
  const db = openStore();
  give(db, 'a', [small]);
  const { id } = endpointOf('a');
  expect(leasesOf(db, id)).toMatchObject([
    { network: 'net', endpoint: id, gateway: Ip.parse('10.1.0.1'), address: { prefix: 29 } },
  ]);
});

test('an address that was given back is the last to be given again', () => {
  const db = openStore();
  give(db, 'a', [small]);
  take(db, 'a');
  const next = ['b', 'c', 'd', 'e', 'f'].map((name) => give(db, name, [small])[0]);
  expect(next).toEqual(['10.1.0.3/29', '10.1.0.4/29', '10.1.0.5/29', '10.1.0.6/29', '10.1.0.2/29']);
});

test('gaps between held addresses are found', () => {
  const db = openStore();
  for (const name of ['a', 'b', 'c', 'd', 'e']) give(db, name, [small]);
  take(db, 'd');
  take(db, 'b');
  passTime(db, 61);
  expect(give(db, 'f', [small])).toEqual(['10.1.0.3/29']);
  expect(give(db, 'g', [small])).toEqual(['10.1.0.5/29']);
});

test('an address that was given back rests, and is given only when no other is left, the longest rested first', () => {
  const db = openStore();
  for (const name of ['a', 'b', 'c', 'd']) give(db, name, [small]);
  take(db, 'c');
  passTime(db, 20);
  take(db, 'a');
  passTime(db, 20);
  const next = ['e', 'f', 'g'].map((name) => give(db, name, [small])[0]);
  expect(next).toEqual(['10.1.0.6/29', '10.1.0.4/29', '10.1.0.2/29']);
  expect(() => give(db, 'h', [small])).toThrow(expect.objectContaining({ code: 'TSNET_EXHAUSTED' }));
});

test('an address that rests is passed over after the turn of the range; asked for, it is given; after a minute it is as any other', () => {
  const db = openStore();
  for (const name of ['a', 'b', 'c', 'd', 'e']) give(db, name, [small]);
  take(db, 'b');
  passTime(db, 61);
  take(db, 'a');
  take(db, 'c');
  expect(give(db, 'f', [small])).toEqual(['10.1.0.3/29']);
  expect(give(db, 'g', [small], ['10.1.0.2'])).toEqual(['10.1.0.2/29']);
  expect(give(db, 'h', [small])).toEqual(['10.1.0.4/29']);
  expect(db.all('SELECT * FROM resting WHERE released < 0')).toEqual([]);
});

test('the gateway is skipped wherever it lies', () => {
  const middle = setOf(['10.1.0.0/29', '10.1.0.2', '10.1.0.4', '10.1.0.3']);
  const db = openStore();
  expect(give(db, 'a', [middle])).toEqual(['10.1.0.2/29']);
  expect(give(db, 'b', [middle])).toEqual(['10.1.0.4/29']);
  expect(() => give(db, 'c', [middle])).toThrow(expect.objectContaining({ code: 'TSNET_EXHAUSTED' }));
});

test('a range whose last address is the gateway ends before it', () => {
  const end = setOf(['10.1.0.0/29', '10.1.0.5', '10.1.0.6', '10.1.0.6']);
  const db = openStore();
  expect(give(db, 'a', [end])).toEqual(['10.1.0.5/29']);
  expect(() => give(db, 'b', [end])).toThrow(/no IP addresses available in range set: 10.1.0.5-10.1.0.6/);
});

test('a failed allocation leaves no endpoint and no lease', () => {
  const db = openStore();
  const one = setOf(['10.1.0.0/29', '10.1.0.2', '10.1.0.2']);
  give(db, 'a', [one]);
  expect(() => give(db, 'b', [small, one])).toThrow(/no IP addresses available/);
  expect(db.all('SELECT * FROM endpoint')).toHaveLength(1);
  expect(db.all('SELECT * FROM lease')).toHaveLength(1);
});

test('the ranges of a set follow each other', () => {
  const db = openStore();
  const set = setOf(['10.1.0.0/24', '10.1.0.5', '10.1.0.6'], ['10.2.0.0/24', '10.2.0.8', '10.2.0.8']);
  const given = ['a', 'b', 'c'].map((name) => give(db, name, [set])[0]);
  expect(given).toEqual(['10.1.0.5/24', '10.1.0.6/24', '10.2.0.8/24']);
  take(db, 'a');
  expect(give(db, 'd', [set])).toEqual(['10.1.0.5/24']);
});

test('each range set gives one address, of its family', () => {
  const sets = [small, setOf(['fd00::/64'])];
  const db = openStore();
  expect(give(db, 'a', sets)).toEqual(['10.1.0.2/29', 'fd00::2/64']);
  expect(give(db, 'b', sets)).toEqual(['10.1.0.3/29', 'fd00::3/64']);
});

test('requested addresses are taken from the set that has them', () => {
  const sets = [small, setOf(['fd00::/64'])];
  const db = openStore();
  expect(give(db, 'a', sets, ['fd00::99', '10.1.0.5'])).toEqual(['10.1.0.5/29', 'fd00::99/64']);
  expect(give(db, 'b', sets, ['fd00::ffff'])).toEqual(['10.1.0.2/29', 'fd00::ffff/64']);
});

test.each([
  [
    '10.1.0.2',
    'TSNET_ADDRESS_IN_USE',
    /requested IP address 10\.1\.0\.2 is not .*10\.1\.0\.2 has been allocated to a/,
  ],
  ['10.1.0.1', 'TSNET_ADDRESS_IN_USE', /10\.1\.0\.1 is the gateway of network "net"/],
  [
    '10.9.0.1',
    'TSNET_CONFIG',
    /requested IPs: 10\.9\.0\.1: not available in range set 10\.1\.0\.1-10\.1\.0\.6/,
  ],
  ['10.1.0.7', 'TSNET_CONFIG', /10\.1\.0\.7: not available in range set/],
])('requested address %s is refused with %s', (requested, code, message) => {
  const db = openStore();
  give(db, 'a', [small]);
  const attempt = (): string[] => give(db, 'b', [small], [requested]);
  expect(attempt).toThrow(expect.objectContaining({ code }));
  expect(attempt).toThrow(message);
});

test('networks know nothing of the addresses of each other', () => {
  const db = openStore();
  give(db, 'a', [small]);
  const other = endpointOf('b', { network: 'other' });
  insertEndpoint(db, other);
  const request = {
    network: 'other',
    endpoint: other.id,
    rangeSets: [small],
    requested: [],
    whyHeld: () => undefined,
  };
  expect(allocate(db, request)[0]?.address.toString()).toBe('10.1.0.2/29');
});

test('a /64 with held addresses gives the next one at once', () => {
  const db = openStore();
  const wide = setOf(['fd00::/64', 'fd00::ffff:ffff:ffff:fffe']);
  expect(give(db, 'a', [wide])).toEqual(['fd00::ffff:ffff:ffff:fffe/64']);
  expect(give(db, 'b', [wide])).toEqual(['fd00::ffff:ffff:ffff:ffff/64']);
  expect(() => give(db, 'c', [wide])).toThrow(expect.objectContaining({ code: 'TSNET_EXHAUSTED' }));
});

const offsets = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 }));
const anySet = fc
  .tuple(offsets, offsets, fc.integer({ min: 0, max: 15 }), fc.constantFrom('10.1.0.', 'fd00::'))
  .map(([one, other, gateway, base]): RangeSet => {
    const at = (block: number, offset: number): string =>
      base === '10.1.0.' ? `10.1.0.${block * 16 + offset}` : `fd00::${(block * 16 + offset).toString(16)}`;
    const ranges = [one, other].map(([a, b], block): [string, string, string, string] => [
      `${base}${block === 0 ? 0 : base === 'fd00::' ? 10 : 16}/${base === 'fd00::' ? 124 : 28}`,
      at(block, Math.min(a, b)),
      at(block, Math.max(a, b)),
      at(block, gateway),
    ]);
    return setOf(...ranges);
  });

/** Every address that the set may give. */
function addressesOf(set: RangeSet): string[] {
  return set.flatMap(({ first, last, gateway }) =>
    Array.from({ length: Number(last.value - first.value) + 1 }, (_, offset) => first.plus(BigInt(offset)))
      .filter((ip) => !ip.equals(gateway))
      .map(String),
  );
}

test('no address is ever held twice, lies outside the ranges or is missed', () => {
  const steps = fc.array(fc.nat({ max: 99 }), { maxLength: 60 });
  fc.assert(
    fc.property(anySet, steps, (set, choices) => {
      const db = openStore();
      const all = addressesOf(set);
      const held = new Map<string, string>();
      for (const [step, choice] of choices.entries()) {
        const leaving = [...held.keys()][choice];
        if (leaving !== undefined) {
          take(db, leaving);
          held.delete(leaving);
          continue;
        }
        try {
          const [address = ''] = give(db, `c${step}`, [set]);
          const ip = address.split('/')[0] ?? '';
          expect(rangeOf(set, Ip.parse(ip))).toBeDefined();
          expect(all).toContain(ip);
          expect([...held.values()]).not.toContain(ip);
          held.set(`c${step}`, ip);
        } catch (error) {
          if (!isTsnetError(error, 'TSNET_EXHAUSTED')) throw error;
          expect(held.size).toBe(all.length);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('an address that somebody else holds is passed over, and refused when asked for', () => {
  const db = openStore();
  expect(give(db, 'a', [small], [], ['10.1.0.2', '10.1.0.3'])).toEqual(['10.1.0.4/29']);
  expect(() => give(db, 'b', [small], ['10.1.0.2'], ['10.1.0.2'])).toThrow(
    '10.1.0.2 was given by host-local',
  );
});
