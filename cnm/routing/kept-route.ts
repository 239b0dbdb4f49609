// Routes of an interface that a part moves from one table to another, and puts back.
import { Cidr, Ip } from '../../address/index.ts';
import { log } from '../../log/log.ts';
import type { Connection } from '../../netlink/connection.ts';
import { KernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { RT_TABLE, RTN } from '../../netlink/route/constants.ts';
import { listRoutes, newRoute } from '../../netlink/route/route.ts';
import type { Route, RouteSpec } from '../../netlink/route/route.ts';

/** A route of an interface, as it is recorded; the interface may get another index meanwhile. */
export type KeptRoute = Omit<RouteSpec, 'oif'>;

/** The routes of the main table that lead to an interface alone, those without a gateway first: the others need them. */
export function mainRoutes(connection: Connection, index: number): KeptRoute[] {
  const own = listRoutes(connection).filter(
    ({ table, oif, type }) => table === RT_TABLE.MAIN && oif === index && type === RTN.UNICAST,
  );
  return inOrder(own.map((route) => ({ ...route, oif: undefined })));
}

/** The same routes, those without a gateway first. */
export function inOrder(routes: readonly KeptRoute[]): KeptRoute[] {
  const rank = ({ gateway }: KeptRoute): number => (gateway === undefined ? 0 : 1);
  return routes.toSorted((one, other) => rank(one) - rank(other));
}

/** A route as JSON has it. */
export type RouteJson = Omit<KeptRoute, 'dst' | 'gateway' | 'source'> & {
  dst: string;
  gateway?: string;
  source?: string;
};

/** Reads what JSON.stringify wrote of routes. */
export function parseRoutes(json: readonly RouteJson[]): KeptRoute[] {
  const ip = (text: string | undefined): Ip | undefined => (text === undefined ? undefined : Ip.parse(text));
  return json.map(({ dst, gateway, source, ...rest }) => ({
    ...rest,
    dst: Cidr.parse(dst),
    gateway: ip(gateway),
    source: ip(source),
  }));
}

/** Tells whether a route of an interface is there. */
export function isLaid(
  laid: readonly Route[],
  index: number,
  { dst, gateway, table = RT_TABLE.MAIN }: KeptRoute,
): boolean {
  return laid.some(
    (one) =>
      one.oif === index &&
      one.table === table &&
      one.dst.equals(dst) &&
      (gateway === undefined ? one.gateway === undefined : one.gateway?.equals(gateway) === true),
  );
}

/** Lays routes as far as it can be done: DEL must not fail because an address went before. */
export function restoreRoutes(connection: Connection, index: number, routes: readonly KeptRoute[]): void {
  for (const route of routes) attempt(connection, newRoute({ ...route, oif: index }));
}

/** Sends a request; what the kernel refuses is logged. */
export function attempt(connection: Connection, request: AnyRequest): void {
  try {
    connection.request(request);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    log('trace', 'refused on the way back', () => ({ operation: request.operation, error }));
  }
}
