// What must hold before a link is made: its master is there and large enough, its bridge is there.
import { everywhere } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { RT_TABLE, RTN } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Host } from '../host.ts';
import { isUpper } from './spec.ts';
import type { LinkSpec, TapSpec, UpperSpec } from './spec.ts';

/**
 * The link as it is to be made, with its master decided: without one it is the interface of the default route. Throws
 * TSNET_CONFIG for a master or a bridge that is not there, and for an MTU above the master's.
 */
export function settle(host: Host, spec: LinkSpec, namespace: Namespace): LinkSpec {
  if (!isUpper(spec)) {
    if (spec.kind === 'tap') assertBridge(spec, namespace);
    return spec;
  }
  if (!spec.isMasterInside) return settleUpper(host.route, spec);
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  return settleUpper(inside, spec);
}

function settleUpper(connection: Connection, spec: UpperSpec): UpperSpec {
  const master = spec.master ?? defaultInterface(connection, spec.isMasterInside);
  const { mtu } = masterOf(connection, { ...spec, master });
  if (spec.mtu !== undefined && spec.mtu > mtu)
    throw new TsnetError('TSNET_CONFIG', `invalid MTU ${spec.mtu}, must be [0, master MTU(${mtu})]`);
  return { ...spec, master };
}

function place(isInside: boolean): string {
  return isInside ? 'in the container' : 'on the host';
}

function defaultInterface(connection: Connection, isInside: boolean): string {
  const route = listRoutes(connection).find(
    ({ dst, table, type }) =>
      type === RTN.UNICAST && table === RT_TABLE.MAIN && dst.equals(everywhere[dst.family]),
  );
  const link = route?.oif === undefined ? undefined : findLink(connection, { index: route.oif });
  if (link !== undefined) return link.ifname;
  throw new TsnetError(
    'TSNET_CONFIG',
    `no default route interface found ${place(isInside)}: name one as "master"`,
  );
}

/** The master of a link; `connection` is to the namespace where it is. Throws TSNET_CONFIG when it is not there. */
export function masterOf(connection: Connection, { master = '', isMasterInside }: UpperSpec): Link {
  const link = findLink(connection, { ifname: master });
  if (link !== undefined) return link;
  throw new TsnetError(
    'TSNET_CONFIG',
    `failed to lookup master "${master}": no such interface ${place(isMasterInside)}`,
  );
}

function assertBridge({ bridge }: TapSpec, namespace: Namespace): void {
  if (bridge === undefined) return;
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  bridgeOf(inside, bridge);
}

/** The bridge of that name. Throws TSNET_CONFIG when there is none, or something else has the name. */
export function bridgeOf(inside: Connection, bridge: string): Link {
  const link = findLink(inside, { ifname: bridge });
  if (link?.attributes.info?.kind === 'bridge') return link;
  const what = link === undefined ? `no such interface ${place(true)}` : 'it is no bridge';
  throw new TsnetError('TSNET_CONFIG', `failed to get bridge "${bridge}": ${what}`);
}
