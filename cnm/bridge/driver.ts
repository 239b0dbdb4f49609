// Mode bridge: a veth pair into a bridge, addresses from a pool, masquerade and published ports.
import { InterfaceAddress } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { deleteLinkIfPresent, findLink } from '../../netlink/route/link.ts';
import { deleteNeighbour } from '../../netlink/route/neighbour.ts';
import { deleteEndpoint } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { withLock } from '../../state/lock.ts';
import type { Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import { endFlows, redirectFlows } from '../flows.ts';
import type { Host } from '../host.ts';
import { intentOf, makeIntent } from '../intent.ts';
import { configure, decideRoutes } from '../interface/configure.ts';
import type { SandboxAddress } from '../interface/configure.ts';
import { hostLinkName } from '../interface/names.ts';
import { createPair } from '../interface/veth.ts';
import type { BridgeRequest } from '../request.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { claimAddresses } from './claim.ts';
import type { BridgeClaim } from './claim.ts';
import { ensureBridge, tidyBridge } from './device.ts';
import { inspectBridge } from './inspect.ts';
import { closeLoopback, openLoopback } from './loopback.ts';

function gatewaysOf(addresses: readonly SandboxAddress[]): InterfaceAddress[] {
  return addresses.flatMap(({ address, gateway }) =>
    gateway === undefined ? [] : [InterfaceAddress.of(gateway, address.prefix)],
  );
}

function connect(
  host: Host,
  endpoint: Endpoint,
  request: BridgeRequest,
  namespace: Namespace,
  { leases, ports, mac }: BridgeClaim,
): Attachment {
  const { bridge: spec } = request;
  const [bridge, hostEnd] = withLock(host.bridgeLock, 'shared', () => {
    const bridge = ensureBridge(host, spec, gatewaysOf(leases));
    const isHairpin = spec.isHairpin || ports.length > 0;
    const hostLink = hostLinkName(endpoint.id);
    const link = createPair(host, { endpoint, hostLink, namespace, bridge, isHairpin, mac, mtu: spec.mtu });
    if (ports.length > 0) openLoopback(host, bridge, ports);
    return [bridge, link];
  });
  const routes = decideRoutes(request.routes, leases, spec.isDefaultGateway);
  const { mtu } = configure(namespace, endpoint.ifname, leases, routes);
  const intent = makeIntent(endpoint, leases, ports);
  if (intent !== undefined) host.firewall.add(intent);
  redirectFlows(host, ports);

  return {
    interfaces: [
      { name: bridge.ifname, mac: bridge.attributes.address, mtu: bridge.mtu, sandbox: undefined },
      hostEnd,
      { name: endpoint.ifname, mac, mtu, sandbox: endpoint.netns },
    ],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: 2 })),
    routes,
  };
}

// Every step is one that may have been done already, or never.
function disconnect(host: Host, endpoint: Endpoint): void {
  const intent = intentOf(host.db, endpoint);
  if (intent !== undefined) host.firewall.remove(intent);
  deleteLinkIfPresent(host.route, { ifname: hostLinkName(endpoint.id) });
  if (intent !== undefined) {
    forgetNeighbours(host, intent.bridge, intent.addresses);
    endFlows(host, intent.ports);
  }
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  if (intent === undefined) return;
  if (intent.ports.length > 0) closeLoopback(host, intent.bridge);
  tidyBridge(host, intent.bridge);
  host.firewall.tidy();
}

// Who gets the address next may have another MAC, and must not wait until the host has found out.
function forgetNeighbours(host: Host, bridgeName: string, addresses: readonly Ip[]): void {
  const bridge = findLink(host.route, { ifname: bridgeName });
  if (bridge === undefined) return;
  for (const ip of addresses) {
    try {
      host.route.request(deleteNeighbour(bridge.index, ip));
    } catch (error) {
      // ENODEV: another DEL, the last one, took the bridge away meanwhile.
      if (!isKernelError(error, 'ENOENT', 'ENODEV')) throw error;
    }
  }
}

export const bridgeDriver: Driver<BridgeRequest, BridgeClaim> = {
  sandbox: 'foreign',
  describe: (_host, { bridge }) => ({
    bridge: bridge.name,
    isMasqueraded: bridge.isMasqueraded,
  }),
  claim: (host, endpoint, request) => claimAddresses(host.db, endpoint, request),
  connect,
  disconnect,
  inspect: inspectBridge,
};
