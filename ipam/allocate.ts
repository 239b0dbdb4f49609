// Gives addresses. All of it runs inside the caller's transaction, so an address is given once.
import { InterfaceAddress } from '../address/index.ts';
import type { Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { Database } from '../state/database.ts';
import {
  endRest,
  holderOf,
  insertLease,
  isTaken,
  readCursor,
  restingBetween,
  takenBetween,
  writeCursor,
} from '../state/lease.ts';
import type { Lease } from '../state/lease.ts';
import { rangeOf, rangeSetName } from './range.ts';
import type { Range, RangeSet } from './range.ts';

/** What an endpoint asks for: one address of each range set, and which ones if it cares. */
export interface AddressRequest {
  readonly network: string;
  readonly endpoint: string;
  readonly rangeSets: readonly RangeSet[];
  readonly requested: readonly Ip[];
  /** Why an address is not to be given although nobody in the store holds it, in words. */
  readonly whyHeld: (ip: Ip) => string | undefined;
}

/**
 * Gives an endpoint one address of each range set, the requested one where there is one, else the next free one after
 * the address given last, and one that was given back lately only when there is no other. Throws TSNET_EXHAUSTED,
 * TSNET_ADDRESS_IN_USE, or TSNET_CONFIG when a requested address is in no range.
 */
export function allocate(db: Database, request: AddressRequest): Lease[] {
  const wanted = [...request.requested];
  const leases = request.rangeSets.map((set) => {
    const index = wanted.findIndex((ip) => rangeOf(set, ip) !== undefined);
    const [ip] = index < 0 ? [] : wanted.splice(index, 1);
    return ip === undefined ? takeNext(db, request, set) : take(db, request, set, ip);
  });
  if (wanted.length > 0) {
    const sets = request.rangeSets.map(rangeSetName).join(', ');
    throw new TsnetError(
      'TSNET_CONFIG',
      `failed to allocate all requested IPs: ${wanted.join(' ')}: not available in range set ${sets}`,
    );
  }
  return leases;
}

function lease(
  db: Database,
  { network, endpoint }: AddressRequest,
  { subnet, gateway }: Range,
  ip: Ip,
): Lease {
  const given = { network, endpoint, gateway, address: InterfaceAddress.of(ip, subnet.prefix) };
  insertLease(db, given);
  return given;
}

function take(db: Database, request: AddressRequest, set: RangeSet, ip: Ip): Lease {
  const range = rangeOf(set, ip);
  if (range === undefined || ip.equals(range.gateway)) {
    throw new TsnetError(
      'TSNET_ADDRESS_IN_USE',
      `requested IP address ${ip.toString()} is the gateway of network "${request.network}"`,
    );
  }
  const why = request.whyHeld(ip);
  if (why !== undefined)
    throw new TsnetError('TSNET_ADDRESS_IN_USE', `requested IP address ${ip.toString()} ${why}`);
  const holder = holderOf(db, request.network, ip);
  if (holder !== undefined) {
    const row = db.get('SELECT container FROM endpoint WHERE id = ?', holder);
    const owner = String(row?.['container']);
    throw new TsnetError(
      'TSNET_ADDRESS_IN_USE',
      `requested IP address ${ip.toString()} is not available in range set ${rangeSetName(set)}: ` +
        `${ip.toString()} has been allocated to ${owner}, duplicate allocation is not allowed`,
    );
  }
  return lease(db, request, range, ip);
}

function takeNext(db: Database, request: AddressRequest, set: RangeSet): Lease {
  const name = rangeSetName(set);
  const search = { db, ...request };
  const found = directlyBehind(search, set, readCursor(db, request.network, name)) ?? rested(search, set);
  if (found === undefined) throw exhausted(request.network, set);
  writeCursor(db, request.network, name, found.ip);
  return lease(db, request, found.range, found.ip);
}

/** Throws TSNET_EXHAUSTED when a range set has no address left; takes none. */
export function assertNotExhausted(search: Search, rangeSets: readonly RangeSet[]): void {
  for (const set of rangeSets) {
    if (nextFree(search, set) === undefined) throw exhausted(search.network, set);
  }
}

function exhausted(network: string, set: RangeSet): TsnetError {
  const message = `no IP addresses available in range set: ${rangeSetName(set)} of network "${network}"`;
  return new TsnetError('TSNET_EXHAUSTED', message);
}

interface Stretch {
  readonly range: Range;
  readonly first: Ip;
  readonly last: Ip;
}

// Round robin: from behind the address given last to the end of the set, then from its start.
function stretches(set: RangeSet, cursor: Ip | undefined): Stretch[] {
  const whole = set.map((range) => ({ range, first: range.first, last: range.last }));
  const at = cursor === undefined ? -1 : set.findIndex((range) => rangeOf([range], cursor) !== undefined);
  const current = whole[at];
  if (cursor === undefined || current === undefined) return whole;
  const { range, first, last } = current;
  const behind = cursor.compare(last) < 0 ? [{ range, first: cursor.plus(1n), last }] : [];
  return [...behind, ...whole.slice(at + 1), ...whole.slice(0, at), { range, first, last: cursor }];
}

/** Where addresses are looked for, and what else holds some. */
interface Search {
  readonly db: Database;
  readonly network: string;
  readonly whyHeld: (ip: Ip) => string | undefined;
}

interface Found {
  readonly range: Range;
  readonly ip: Ip;
}

// Nearly always that one is free, and to ask for it alone takes a tenth of a search.
function directlyBehind(
  { db, network, whyHeld }: Search,
  set: RangeSet,
  cursor: Ip | undefined,
): Found | undefined {
  const [next] = stretches(set, cursor);
  if (next === undefined) return undefined;
  const { range, first: ip } = next;
  const isFree = !ip.equals(range.gateway) && !isTaken(db, network, ip) && whyHeld(ip) === undefined;
  return isFree ? { range, ip } : undefined;
}

function rested(search: Search, set: RangeSet): Found | undefined {
  endRest(search.db);
  return nextFree(search, set);
}

function nextFree(search: Search, set: RangeSet): Found | undefined {
  const cursor = readCursor(search.db, search.network, rangeSetName(set));
  for (const stretch of stretches(set, cursor)) {
    const ip = firstGap(search, stretch);
    if (ip !== undefined) return { range: stretch.range, ip };
  }
  return longestRested(search, set);
}

function longestRested({ db, network, whyHeld }: Search, set: RangeSet): Found | undefined {
  const resting = set
    .flatMap((range) =>
      restingBetween(db, network, range.first, range.last).map((one) => ({ range, ...one })),
    )
    .sort((one, other) => one.released - other.released);
  return resting.find(({ range, ip }) => !ip.equals(range.gateway) && whyHeld(ip) === undefined);
}

// Walks along the addresses that are held or rest only as far as they stand without a gap.
function firstGap({ db, network, whyHeld }: Search, { range, first, last }: Stretch): Ip | undefined {
  const held = takenBetween(db, network, first, last);
  let next = held.next();
  for (let ip = first; ; ip = ip.plus(1n)) {
    const isLeased = next.done !== true && next.value.equals(ip);
    if (isLeased) next = held.next();
    else if (!ip.equals(range.gateway) && whyHeld(ip) === undefined) {
      // A statement that is not read to its end would keep the database locked.
      held.return(undefined);
      return ip;
    }
    if (ip.equals(last)) return undefined;
  }
}
