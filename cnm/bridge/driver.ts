// Mode bridge: a veth pair into a bridge, addresses from a pool, masquerade and published ports.
import { InterfaceAddress } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { deleteLink, findLink } from '../../netlink/route/link.ts';
import { deleteNeighbour } from '../../netlink/route/neighbour.ts';
import { deleteEndpoint, listEndpoints } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import { withLock } from '../../state/lock.ts';
import { portsOf } from '../../state/port.ts';
import type { Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { intentOf } from '../intent.ts';
import type { BridgeRequest } from '../request.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { claimAddresses } from './claim.ts';
import { ensureBridge, tidyBridge } from './device.ts';
import { inspectBridge } from './inspect.ts';
import { closeLoopback, openLoopback } from './loopback.ts';
import { hostLinkName } from './names.ts';
import { configure, decideRoutes } from './sandbox-interface.ts';
import type { SandboxAddress } from './sandbox-interface.ts';
import { createPair } from './veth.ts';

function gatewaysOf(addresses: readonly SandboxAddress[]): InterfaceAddress[] {
  return addresses.flatMap(({ address, gateway }) =>
    gateway === undefined ? [] : [InterfaceAddress.of(gateway, address.prefix)],
  );
}

function connect(host: Host, recorded: Endpoint, request: BridgeRequest, namespace: Namespace): Attachment {
  const [endpoint = recorded] = listEndpoints(host.db, 'id', recorded.id);
  const addresses: SandboxAddress[] = leasesOf(host.db, endpoint.id);
  const ports = portsOf(host.db, endpoint.id);
  const { bridge: spec } = request;
  const hostLink = hostLinkName(endpoint);

  const [bridge, hostEnd] = withLock(host.bridgeLock, 'shared', () => {
    const bridge = ensureBridge(host, spec, gatewaysOf(addresses));
    const isHairpin = spec.isHairpin || ports.length > 0;
    const pair = { endpoint, hostLink, namespace, isHairpin, mac: endpoint.mac, mtu: spec.mtu };
    const link = createPair(host, bridge, pair);
    if (ports.length > 0) openLoopback(host, bridge, ports);
    return [bridge, link];
  });
  const routes = decideRoutes(request.routes, addresses, spec.isDefaultGateway);
  const sandboxEnd = configure(namespace, endpoint.ifname, addresses, routes);
  const intent = intentOf(host.db, endpoint);
  if (intent !== undefined) host.firewall.add(intent);

  return {
    interfaces: [
      { name: bridge.ifname, mac: bridge.attributes.address, mtu: bridge.mtu, sandbox: undefined },
      { name: hostEnd.ifname, mac: hostEnd.attributes.address, mtu: hostEnd.mtu, sandbox: undefined },
      {
        name: endpoint.ifname,
        mac: sandboxEnd.attributes.address,
        mtu: sandboxEnd.mtu,
        sandbox: endpoint.netns,
      },
    ],
    addresses: addresses.map(({ address, gateway }) => ({ address, gateway, interface: 2 })),
    routes,
  };
}

// Every step is one that may have been done already, or never.
function disconnect(host: Host, endpoint: Endpoint): void {
  const intent = intentOf(host.db, endpoint);
  if (intent !== undefined) host.firewall.remove(intent);
  try {
    host.route.request(deleteLink({ ifname: hostLinkName(endpoint) }));
  } catch (error) {
    if (!isKernelError(error, 'ENODEV')) throw error;
  }
  if (intent !== undefined) forgetNeighbours(host, intent.bridge, intent.addresses);
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

export const bridgeDriver: Driver<BridgeRequest> = {
  sandbox: 'foreign',
  describe: (_host, { key, bridge }) => ({
    bridge: bridge.name,
    hostLink: hostLinkName(key),
    isMasqueraded: bridge.isMasqueraded,
  }),
  claim: (host, endpoint, request) => claimAddresses(host.db, endpoint, request),
  connect,
  disconnect,
  inspect: inspectBridge,
};
