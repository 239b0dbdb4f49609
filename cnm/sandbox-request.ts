// What a sandbox on a network of the command line asks of the model.
import { everywhere, InterfaceAddress } from '../address/index.ts';
import type { Ip } from '../address/index.ts';
import type { Network } from '../state/network.ts';
import type { Sandbox } from '../state/sandbox.ts';
import type { NetworkOptions } from './network-options.ts';
import { endpointNetwork } from './network-store.ts';
import { networkParts, poolsOf } from './network-request.ts';
import type { BridgeRequest, PortRequest } from './request.ts';
import type { NetworkPlace } from './sandbox-spec.ts';

/** A network to join, and how. */
export interface Joining extends Omit<NetworkPlace, 'network'> {
  readonly network: Network;
}

/** The interface to be made. */
export interface Interface {
  readonly ifname: string;
  readonly ports: readonly PortRequest[];
  readonly hasWayOut: boolean;
}

// As others have them: all of 169.254.0.0/16 (RFC 3927), and of fe80::/64 (RFC 4291, 2.5.6), is on the link.
function onLink(ip: Ip): InterfaceAddress {
  return InterfaceAddress.of(ip, ip.family === 4 ? 16 : 64);
}

/** The reserved addresses, by Docker's names, that are the way out of members in place of the bridge. */
const GATEWAY_NAMES = { 4: 'DefaultGatewayIPv4', 6: 'DefaultGatewayIPv6' } as const;

/** The addresses that members leave a network by, of the families where that is not the bridge's. */
export function otherGateways({ subnets }: Network): Ip[] {
  return subnets.flatMap(({ cidr, reserved }) => reserved[GATEWAY_NAMES[cidr.family]] ?? []);
}

/** An interface of a sandbox on a network with these options. */
export function bridgeRequest(
  { id, netns }: Sandbox,
  { ifname, ports, hasWayOut }: Interface,
  { network, ip, ip6, mac, linkLocal }: Joining,
  options: NetworkOptions,
): BridgeRequest {
  const defaults = hasWayOut && !options.isInternal ? otherGateways(network) : [];
  return {
    mode: 'bridge',
    key: { network: endpointNetwork(network), container: id, ifname },
    netns,
    ...networkParts(network, options, hasWayOut),
    addressing: {
      ...poolsOf(network),
      requested: [ip, ip6].filter((one) => one !== undefined),
      beside: linkLocal.map(onLink),
    },
    mac,
    routes: defaults.map((gw) => ({ dst: everywhere[gw.family], gw })),
    ports,
  };
}
