// The host's part of filters: by rules and routes, what goes from one network to the other is handed to the filter, and
// what it sends back is not met again.
//
// The host hands a packet to the filter on the network it came from; the filter hands it to its destination on the other
// one, in which both are neighbours. Where the filter is not there, its table says that there is no way.
import { Cidr } from '../../address/index.ts';
import type { Family, Ip } from '../../address/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { RTN } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { deleteRoute, listRoutes, newRoute } from '../../netlink/route/route.ts';
import type { RouteSpec } from '../../netlink/route/route.ts';
import { deleteRule, listRules, newRule } from '../../netlink/route/rule.ts';
import type { PassageRule } from '../../netlink/route/rule.ts';
import { isAnyBehind } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { listPromised } from '../../state/filter.ts';
import type { FilteredNetwork, PromisedFilter } from '../../state/filter.ts';
import { leasesOf } from '../../state/lease.ts';
import type { Host } from '../host.ts';
import { filterEnds } from './members.ts';

/** By this number rules and routes are known as a filter's (as in /etc/iproute2/rt_protos). */
const MAKER = 116;
/** Behind the local table, in front of what others look up. */
const PRIORITY = 90;
/** The way through the filter, and the one that is asked when that is not there. */
const METRIC = { THROUGH: 1, NOWHERE: 0xff002000 } as const;

interface Wanted {
  readonly rules: readonly PassageRule[];
  readonly routes: readonly RouteSpec[];
}

/** Makes the host's rules and routes for filters those that the store wants, and no others. Throws KernelError. */
export function settleRouting(host: Host): void {
  const wanted = listPromised(host.db)
    .filter(({ isLeaving }) => !isLeaving)
    .flatMap((filter) => wantedBy(host, filter));
  // What leads to a filter that is gone goes first, what has no other way to go meets nothing until it has one.
  settle(
    host,
    wanted.flatMap(({ routes }) => routes),
    presentRoutes(host),
    routeText,
    deleteRoute,
    newRoute,
  );
  settle(
    host,
    wanted.flatMap(({ rules }) => rules),
    presentRules(host),
    ruleText,
    deleteRule,
    newRule,
  );
}

function settle<T>(
  host: Host,
  wanted: readonly T[],
  present: readonly T[],
  text: (one: T) => string,
  away: (one: T) => AnyRequest,
  make: (one: T) => AnyRequest,
): void {
  const [wantedTexts, presentTexts] = [new Set(wanted.map(text)), new Set(present.map(text))];
  for (const one of present) if (!wantedTexts.has(text(one))) takeAway(host, away(one));
  host.route.pipeline(wanted.filter((one) => !presentTexts.has(text(one))).map(make));
}

// With its interface the kernel has taken it away itself.
function takeAway(host: Host, request: AnyRequest): void {
  try {
    host.route.request(request);
  } catch (error) {
    if (!isKernelError(error, 'ENOENT', 'ESRCH', 'ENODEV')) throw error;
  }
}

function wantedBy(host: Host, filter: PromisedFilter): Wanted[] {
  const [one, other] = filter.networks;
  const [first, second] = filterEnds(host.db, filter) ?? [];
  return [
    passage(host, filter.table, [one, other], [first, second]),
    passage(host, filter.table, [other, one], [second, first]),
  ];
}

/** From the first network, in which the filter is the first endpoint, to the second. */
function passage(
  host: Host,
  table: number,
  [from, to]: readonly [FilteredNetwork, FilteredNetwork],
  [near, far]: readonly [Endpoint | undefined, Endpoint | undefined],
): Wanted {
  if (!isAnyBehind(host.db, from.bridge)) return { rules: [], routes: [] };
  const oif = findLink(host.route, { ifname: from.bridge })?.index;
  const subnets = to.subnets.map((text) => Cidr.parse(text));
  const rules = subnets.map((destination) => ({
    iif: from.bridge,
    destination,
    table,
    priority: PRIORITY,
    protocol: MAKER,
  }));
  const routes = subnets.flatMap((dst): RouteSpec[] => {
    const own = { dst, table, protocol: MAKER };
    const nowhere = { ...own, oif: undefined, type: RTN.UNREACHABLE, priority: METRIC.NOWHERE };
    const gateway = addressOf(host, near, dst.family);
    const isThere = gateway !== undefined && addressOf(host, far, dst.family) !== undefined;
    if (!isThere || oif === undefined) return [nowhere];
    return [{ ...own, oif, gateway, type: RTN.UNICAST, priority: METRIC.THROUGH }, nowhere];
  });
  return { rules, routes };
}

function addressOf({ db }: Host, endpoint: Endpoint | undefined, family: Family): Ip | undefined {
  if (endpoint === undefined) return undefined;
  return leasesOf(db, endpoint.id).find(({ address }) => address.family === family)?.address.ip;
}

function presentRules(host: Host): PassageRule[] {
  return listRules(host.route).flatMap(({ iif, destination, table, priority, protocol }) =>
    protocol !== MAKER || iif === undefined || destination === undefined
      ? []
      : [{ iif, destination, table, priority, protocol }],
  );
}

// The kernel shows the loopback interface as the one of IPv6 routes that lead nowhere.
function presentRoutes(host: Host): RouteSpec[] {
  return listRoutes(host.route)
    .filter(({ protocol }) => protocol === MAKER)
    .map(({ dst, table, type, gateway, oif, priority, protocol }) => ({
      dst,
      table,
      type,
      gateway,
      oif: type === RTN.UNREACHABLE ? undefined : oif,
      priority,
      protocol,
    }));
}

function ruleText({ iif, destination, table, priority }: PassageRule): string {
  return [iif, destination.toString(), table, priority].join();
}

function routeText({ dst, table, type, gateway, oif, priority }: RouteSpec): string {
  return [dst.toString(), table, type, gateway?.toString(), oif, priority].join();
}
