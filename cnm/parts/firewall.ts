// Mode firewall: the traffic of an endpoint that another plugin has made passes the host's filters, and who may call it.
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { findBridgePort, setBridgePort } from '../../netlink/route/bridge-port.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { findRoute } from '../../netlink/route/route.ts';
import { deleteEndpoint } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { tidyBridge } from '../bridge/device.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { inspectRules } from '../inspect-rules.ts';
import type { FirewallRequest } from '../request.ts';

/** What DEL has to know: the ports of a bridge that were kept from each other. */
interface Kept {
  readonly isolatedPorts: readonly string[];
}

function keptOf({ kept }: Endpoint): Kept {
  return kept === undefined ? { isolatedPorts: [] } : (JSON.parse(kept) as Kept);
}

/**
 * The host's device that forwards the container's packets. Only one that the plugins before have made, or the bridge of
 * such a one: the route to a macvlan's address leads out by a device that is everybody's.
 */
function deviceOf(host: Host, links: readonly Link[], addresses: readonly Ip[]): Link | undefined {
  for (const ip of addresses) {
    const oif = findRoute(host.route, ip)?.oif;
    const isTheirs = links.some(({ index, attributes }) => index === oif || attributes.master === oif);
    if (oif !== undefined && isTheirs) return findLink(host.route, { index: oif });
  }
  return links.find(({ attributes }) => attributes.info?.kind === 'bridge');
}

function describe(host: Host, request: FirewallRequest): Partial<Endpoint> {
  const { ingress, addresses, hostInterfaces } = request;
  const links = hostInterfaces.flatMap((ifname) => findLink(host.route, { ifname }) ?? []);
  const device = deviceOf(host, links, addresses);
  if (device === undefined && ingress !== 'open') {
    throw new TsnetError(
      'TSNET_CONFIG',
      `ingressPolicy "${ingress}": prevResult has no interface of the host that the container's packets pass`,
    );
  }
  if (device === undefined) return {};
  const ports = links.filter(({ attributes }) => attributes.master === device.index);
  const kept: Kept = { isolatedPorts: ports.map(({ ifname }) => ifname) };
  return {
    bridge: device.ifname,
    ingress,
    kept: ingress === 'isolated' ? JSON.stringify(kept) : undefined,
  };
}

function releasePort(host: Host, ifname: string): void {
  if (findBridgePort(host.route, ifname) === undefined) return;
  try {
    host.route.request(setBridgePort(ifname, { isIsolated: false }));
  } catch (error) {
    // Its container has ended meanwhile.
    if (!isKernelError(error, 'ENODEV')) throw error;
  }
}

function disconnect(host: Host, endpoint: Endpoint): void {
  for (const ifname of keptOf(endpoint).isolatedPorts) releasePort(host, ifname);
  if (endpoint.bridge !== undefined) host.firewall.settle(endpoint.bridge);
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  if (endpoint.bridge === undefined) return;
  tidyBridge(host, endpoint.bridge);
  host.firewall.tidy();
}

export const firewallDriver: Driver<FirewallRequest> = {
  sandbox: 'foreign',
  describe,
  claim: () => undefined,
  connect: (host, endpoint, { adminChain }) => {
    // Frames from port to port do not pass the table: the bridge itself has to keep them from each other.
    for (const ifname of keptOf(endpoint).isolatedPorts)
      host.route.request(setBridgePort(ifname, { isIsolated: true }));
    if (endpoint.bridge !== undefined) host.firewall.settle(endpoint.bridge, adminChain);
    return { interfaces: [], addresses: [], routes: [] };
  },
  disconnect,
  inspect: (host, endpoint) => [
    ...keptOf(endpoint)
      .isolatedPorts.filter((ifname) => findBridgePort(host.route, ifname)?.isIsolated !== true)
      .map((ifname) => `bridge port "${ifname}" is not isolated`),
    ...inspectRules(host, endpoint),
  ],
};
