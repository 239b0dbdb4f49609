// Routes (RTM_*ROUTE, linux/rtnetlink.h).
import { addressBits, Cidr, everywhere } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { NLM_F } from '../message.ts';
import type { Body, Request } from '../message.ts';
import { ip, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { familyNumber } from './address.ts';
import { nexthops } from './nexthop.ts';
import { AF, RT_SCOPE, RT_TABLE, RTA, RTAX, RTM, RTN, RTPROT } from './constants.ts';

/** struct rtmsg. */
export const rtmsg = struct('rtmsg', {
  family: u8,
  dstPrefix: u8,
  srcPrefix: u8,
  tos: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32,
});

export const routeAttributes = attrs('route', {
  dst: attr(RTA.DST, ip),
  oif: attr(RTA.OIF, u32),
  gateway: attr(RTA.GATEWAY, ip),
  priority: attr(RTA.PRIORITY, u32),
  source: attr(RTA.PREFSRC, ip),
  metrics: nested(
    RTA.METRICS,
    attrs('metrics', { mtu: attr(RTAX.MTU, u32), advmss: attr(RTAX.ADVMSS, u32) }),
  ),
  nexthops: attr(RTA.MULTIPATH, nexthops),
  table: attr(RTA.TABLE, u32),
});

const format = { header: rtmsg, attributes: routeAttributes };
type RouteRequest = Request<Infer<typeof rtmsg>, Infer<typeof routeAttributes>>;
type RouteBody = Body<Infer<typeof rtmsg>, Infer<typeof routeAttributes>>;

/**
 * A route to ask for. Without a gateway its destination is on the link; one of type UNREACHABLE has neither. `mtu` and
 * `advmss` in bytes.
 */
export interface RouteSpec {
  readonly dst: Cidr;
  readonly oif: number | undefined;
  readonly gateway?: Ip | undefined;
  readonly source?: Ip | undefined;
  readonly priority?: number | undefined;
  readonly table?: number | undefined;
  readonly scope?: number | undefined;
  readonly type?: number | undefined;
  readonly protocol?: number | undefined;
  readonly mtu?: number | undefined;
  readonly advmss?: number | undefined;
}

function scopeOf(route: RouteSpec): number {
  if (route.scope !== undefined) return route.scope;
  if (route.type === RTN.LOCAL) return RT_SCOPE.HOST;
  if (route.type === RTN.UNREACHABLE) return RT_SCOPE.UNIVERSE;
  return route.gateway === undefined && route.dst.family === 4 ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE;
}

function routeRequest(operation: 'NEWROUTE' | 'DELROUTE', flags: number, route: RouteSpec): RouteRequest {
  const via = route.gateway === undefined ? '' : ` via ${route.gateway.toString()}`;
  const hasMetrics = route.mtu !== undefined || route.advmss !== undefined;
  return {
    operation: `RTM_${operation}`,
    subject: `route ${route.dst.toString()}${via}`,
    type: RTM[operation],
    flags,
    format,
    body: {
      header: rtmsg.make({
        family: familyNumber(route.dst.family),
        dstPrefix: route.dst.prefix,
        table: RT_TABLE.UNSPEC,
        protocol: route.protocol ?? RTPROT.BOOT,
        scope: scopeOf(route),
        type: route.type ?? RTN.UNICAST,
      }),
      attributes: {
        dst: route.dst.prefix === 0 ? undefined : route.dst.network,
        oif: route.oif,
        gateway: route.gateway,
        priority: route.priority,
        source: route.source,
        metrics: hasMetrics ? { mtu: route.mtu, advmss: route.advmss } : undefined,
        table: route.table ?? RT_TABLE.MAIN,
      },
    },
  };
}

/** Asks for a route; refused with EEXIST when an equal one is there. */
export function newRoute(route: RouteSpec): RouteRequest {
  return routeRequest('NEWROUTE', NLM_F.CREATE | NLM_F.EXCL, route);
}

/**
 * Asks for a route before those of the same destination by other links; IPv6 ones share the traffic instead. Refused with
 * EEXIST when an equal one is there.
 */
export function prependRoute(route: RouteSpec): RouteRequest {
  return routeRequest('NEWROUTE', NLM_F.CREATE, route);
}

/**
 * Asks for a route beside those of the same destination by other links: `newRoute` is refused for IPv6 when there is any.
 * Refused with EEXIST when one by the same link is there.
 */
export function appendRoute(route: RouteSpec): RouteRequest {
  return routeRequest('NEWROUTE', NLM_F.CREATE | NLM_F.APPEND, route);
}

/** Asks to delete a route. */
export function deleteRoute(route: RouteSpec): RouteRequest {
  return routeRequest('DELROUTE', 0, route);
}

/** A route as the kernel shows it. */
export interface Route {
  readonly dst: Cidr;
  readonly oif: number | undefined;
  readonly gateway: Ip | undefined;
  readonly source: Ip | undefined;
  readonly priority: number | undefined;
  readonly table: number;
  readonly scope: number;
  readonly type: number;
  readonly protocol: number;
  readonly mtu: number | undefined;
  readonly advmss: number | undefined;
}

/** All routes of the connection's namespace, of all families and tables. One that has several ways is told as several. */
export function listRoutes(connection: Connection): Route[] {
  const request: RouteRequest = {
    operation: 'RTM_GETROUTE',
    type: RTM.GETROUTE,
    flags: 0,
    format,
    body: { header: rtmsg.make({}), attributes: {} },
  };
  return connection
    .dump(request)
    .filter(({ header }) => header.family === AF.INET || header.family === AF.INET6)
    .flatMap(toRoutes);
}

function toRoutes(body: RouteBody): Route[] {
  const route = toRoute(body);
  const ways = body.attributes.nexthops?.map(({ header: { oif }, attributes: { gateway } }) => ({
    ...route,
    oif,
    gateway,
  }));
  return ways ?? [route];
}

function toRoute({ header, attributes }: RouteBody): Route {
  return {
    dst:
      attributes.dst === undefined
        ? everywhere[header.family === AF.INET ? 4 : 6]
        : Cidr.of(attributes.dst, header.dstPrefix),
    oif: attributes.oif,
    gateway: attributes.gateway,
    source: attributes.source,
    priority: attributes.priority,
    table: attributes.table ?? header.table,
    scope: header.scope,
    type: header.type,
    protocol: header.protocol,
    mtu: attributes.metrics?.mtu,
    advmss: attributes.metrics?.advmss,
  };
}

/** The route that a packet to `ip` would take, or undefined when there is none. */
export function findRoute(connection: Connection, ip: Ip): Route | undefined {
  const dstPrefix = addressBits[ip.family];
  const request: RouteRequest = {
    operation: 'RTM_GETROUTE',
    subject: `route to ${ip.toString()}`,
    type: RTM.GETROUTE,
    flags: 0,
    format,
    body: { header: rtmsg.make({ family: familyNumber(ip.family), dstPrefix }), attributes: { dst: ip } },
  };
  try {
    return toRoute(connection.get(request));
  } catch (error) {
    if (isKernelError(error, 'ENETUNREACH', 'EHOSTUNREACH')) return undefined;
    throw error;
  }
}
