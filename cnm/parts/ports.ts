// Mode ports: publishes ports of an endpoint that another plugin has made, ours or not.
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { setBridgePort } from '../../netlink/route/bridge-port.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { findRoute } from '../../netlink/route/route.ts';
import { deleteEndpoint } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { withLock } from '../../state/lock.ts';
import type { PublishedPort } from '../../state/port.ts';
import { wallsBehind } from '../../state/wall.ts';
import { tidyBridge } from '../bridge/device.ts';
import { inspectRules } from '../inspect-rules.ts';
import { closeLoopback, openLoopback } from '../bridge/loopback.ts';
import type { Driver } from '../driver.ts';
import { endFlows, redirectFlows } from '../flows.ts';
import type { Host } from '../host.ts';
import { intentOf, portsIntent } from '../intent.ts';
import { publish } from '../publish.ts';
import type { PortsRequest } from '../request.ts';

/** The host's device by which the container is reached: its bridge, or its veth where there is none. */
function deviceTo(host: Host, [ip]: readonly Ip[]): Link {
  const oif = ip === undefined ? undefined : findRoute(host.route, ip)?.oif;
  const device = oif === undefined ? undefined : findLink(host.route, { index: oif });
  if (device === undefined) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `prevResult: the host has no route to the container's address ${String(ip)}`,
    );
  }
  return device;
}

// A container that calls its own published port is sent back by the port that it came from.
function allowHairpin(host: Host, bridge: Link, hostInterfaces: readonly string[]): void {
  for (const ifname of hostInterfaces) {
    const link = findLink(host.route, { ifname });
    if (link?.attributes.master === bridge.index)
      host.route.request(setBridgePort(ifname, { isHairpin: true }));
  }
}

function disconnect(host: Host, endpoint: Endpoint): void {
  const intent = intentOf(host.db, endpoint);
  if (intent !== undefined) {
    host.firewall.remove(intent);
    endFlows(host, intent.ports);
  }
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  if (intent === undefined) return;
  closeLoopback(host, intent.bridge);
  tidyBridge(host, intent.bridge);
}

export const portsDriver: Driver<PortsRequest, PublishedPort[]> = {
  sandbox: 'foreign',
  describe: (host, { addresses, publishing }) => {
    const { ifname } = deviceTo(host, addresses);
    if (wallsBehind(host.db, ifname).includes('outside'))
      throw new TsnetError(
        'TSNET_CONFIG',
        `portMappings: "${ifname}" is of an internal network, which publishes no ports: leave them out`,
      );
    return { bridge: ifname, kept: JSON.stringify(publishing) };
  },
  claim: (host, endpoint, { ports, addresses }) => publish(host.db, endpoint, ports, addresses),
  connect: (host, endpoint, { addresses, hostInterfaces, publishing }, _namespace, ports) => {
    withLock(host.bridgeLock, 'shared', () => {
      const device = deviceTo(host, addresses);
      allowHairpin(host, device, hostInterfaces);
      // Whose clients are to be seen as they are cannot answer to 127.0.0.1.
      if (publishing.masquerade !== 'never') openLoopback(host, device, ports);
    });
    const intent = portsIntent(host.db, endpoint, ports);
    if (intent !== undefined) host.firewall.add(intent);
    redirectFlows(host, ports);
    return { interfaces: [], addresses: [], routes: [] };
  },
  disconnect,
  inspect: inspectRules,
};
