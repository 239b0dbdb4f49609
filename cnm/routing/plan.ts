// Source-based routing as a plan: which rules, which routes where. Nothing is done here.
import { addressBits, everywhere, Ip } from '../../address/index.ts';
import { RT_SCOPE, RT_TABLE } from '../../netlink/route/constants.ts';
import type { SourceRule } from '../../netlink/route/rule.ts';
import type { SourceAddress, SourceRoutingRequest } from '../request.ts';
import { inOrder, parseRoutes } from './kept-route.ts';
import type { KeptRoute, RouteJson } from './kept-route.ts';
import type { KeptTables } from './table.ts';

/** What is done to a sandbox, and undone. */
export interface Plan extends KeptTables {
  readonly rules: readonly SourceRule[];
  /** Routes to lay, each in its table. */
  readonly laid: readonly KeptRoute[];
  /** Routes to take from the main table. */
  readonly taken: readonly KeptRoute[];
}

/** Reads what JSON.stringify wrote of a plan. */
export function parsePlan(text: string): Plan {
  const { tables, rules, laid, taken } = JSON.parse(text) as {
    tables: number[];
    rules: { source: string; table: number }[];
    laid: RouteJson[];
    taken: RouteJson[];
  };
  return {
    tables,
    rules: rules.map(({ source, table }) => ({ source: Ip.parse(source), table })),
    laid: parseRoutes(laid),
    taken: parseRoutes(taken),
  };
}

type Wishes = Pick<SourceRoutingRequest, 'addresses' | 'gateways' | 'table' | 'hasSourceHints'>;

/**
 * Plans for an interface with these `routes` in the main table. Each address gets a rule and one of `tables`, into which the
 * routes of its subnet go. With a table of somebody else's there are rules alone.
 */
export function planRouting(wishes: Wishes, routes: readonly KeptRoute[], tables: readonly number[]): Plan {
  const { addresses, table, hasSourceHints } = wishes;
  if (table !== undefined)
    return { tables: [], rules: addresses.map((one) => ruleOf(one, table)), laid: [], taken: [] };
  const tableOf = (at: number): number => tables[at] ?? RT_TABLE.MAIN;
  const moved = addresses.flatMap((one, at) =>
    routesOf(one, wishes, routes).map((route) => ({ ...route, table: tableOf(at) })),
  );
  return {
    tables,
    rules: addresses.map((one, at) => ruleOf(one, tableOf(at))),
    laid: [...moved, ...(hasSourceHints ? sourceHints(addresses) : [])],
    // The link's own addresses have no rule, and find their neighbours where they always did.
    taken: routes.filter(({ dst }) => !isOfLink(dst.network)),
  };
}

function ruleOf({ address }: SourceAddress, table: number): SourceRule {
  return { source: address.ip, table };
}

function isOfLink(ip: Ip): boolean {
  return ip.family === 6 && ip.isLinkLocal;
}

function routesOf(
  one: SourceAddress,
  { addresses, gateways }: Wishes,
  routes: readonly KeptRoute[],
): KeptRoute[] {
  const { family } = one.address;
  const isDefault = ({ dst }: KeptRoute): boolean => dst.equals(everywhere[family]);
  const own = routes.filter(
    (route) =>
      route.dst.family === family && (isOf(route, one) || !addresses.some((other) => isOf(route, other))),
  );
  const preset = gateways.find((gateway) => gateway.family === family);
  const gateway = preset ?? (own.some(isDefault) ? undefined : one.gateway);
  const others = preset === undefined ? own : own.filter((route) => !isDefault(route));
  return inOrder(gateway === undefined ? others : [...others, { dst: everywhere[family], gateway }]);
}

// A route belongs to the address whose subnet its source or its gateway is in, and one that names neither to all.
function isOf({ dst, source, gateway }: KeptRoute, { address }: SourceAddress): boolean {
  if (dst.family !== address.family) return false;
  const named = source ?? gateway;
  return named === undefined || address.network.contains(named);
}

function sourceHints(addresses: readonly SourceAddress[]): KeptRoute[] {
  const subnets = addresses
    .map(({ address }) => address)
    .filter(({ family, prefix }) => prefix < addressBits[family]);
  const first = subnets.filter(
    ({ network }, at) => subnets.findIndex((one) => one.network.equals(network)) === at,
  );
  return first.map(({ ip, network, family }) => ({
    dst: network,
    source: ip,
    table: RT_TABLE.MAIN,
    scope: family === 4 ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE,
  }));
}
