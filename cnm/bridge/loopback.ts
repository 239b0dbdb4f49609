// Published ports on the host's own loopback, without a proxy.
//
// A connection from 127.0.0.1 is translated on its way out, and its answer comes back by the bridge: route_localnet lets
// that answer in, and the table's raw chain drops what is forged. For ::1 a local route on the bridge does the same; the
// kernel itself drops forged packets before any hook. The latter needs bridge-nf-call-ip6tables to be 0.
import { Cidr } from '../../address/index.ts';
import { readPublishing } from '../../firewall/publishing.ts';
import { HERE } from '../../native/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { RT_TABLE, RTN } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { appendRoute, deleteRoute } from '../../netlink/route/route.ts';
import type { RouteSpec } from '../../netlink/route/route.ts';
import { writeSysctlIfPresent, writeSysctls } from '../../netns/sysctl.ts';
import { listEndpoints } from '../../state/endpoint.ts';
import { withLock } from '../../state/lock.ts';
import { hasPorts, portsOf } from '../../state/port.ts';
import type { PublishedPort } from '../../state/port.ts';
import type { Host } from '../host.ts';

function localRoute(bridge: Link): RouteSpec {
  return { dst: Cidr.parse('::1/128'), oif: bridge.index, table: RT_TABLE.LOCAL, type: RTN.LOCAL };
}

/** Lets answers to the host's own loopback come in by the bridge, for the families that have published ports. */
export function openLoopback(host: Host, bridge: Link, ports: readonly PublishedPort[]): void {
  const hasFamily = (family: number): boolean => ports.some(({ hostIp }) => hostIp.family === family);
  if (hasFamily(4)) writeSysctls(HERE, [[['ipv4', 'conf', bridge.ifname, 'route_localnet'], '1']]);
  if (!hasFamily(6)) return;
  try {
    host.route.request(appendRoute(localRoute(bridge)));
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
}

/** The same for all published ports on record that lead behind a device. */
export function openPublished(host: Host, device: Link): void {
  const published = listEndpoints(host.db, 'bridge', device.ifname)
    // Whose clients are to be seen as they are cannot answer to 127.0.0.1.
    .filter(({ mode, kept }) => mode !== 'ports' || readPublishing(kept ?? '{}').masquerade !== 'never')
    .flatMap(({ id }) => portsOf(host.db, id));
  openLoopback(host, device, published);
}

/** Takes that back with the last published port behind the bridge. */
export function closeLoopback(host: Host, bridgeName: string): void {
  if (hasPorts(host.db, bridgeName)) return;
  withLock(host.bridgeLock, 'exclusive', () => {
    const bridge = findLink(host.route, { ifname: bridgeName });
    if (bridge === undefined || hasPorts(host.db, bridgeName)) return;
    writeSysctlIfPresent(HERE, ['ipv4', 'conf', bridgeName, 'route_localnet'], '0');
    try {
      host.route.request(deleteRoute(localRoute(bridge)));
    } catch (error) {
      if (!isKernelError(error, 'ESRCH')) throw error;
    }
  });
}
