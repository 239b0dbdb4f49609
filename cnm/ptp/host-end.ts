// The host's end of a pair without a bridge: it has the gateway addresses, each for itself alone, and a route to each
// address of the sandbox.
import { InterfaceAddress } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { newAddress } from '../../netlink/route/address.ts';
import { findLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { newRoute } from '../../netlink/route/route.ts';
import type { SandboxAddress } from '../interface/configure.ts';
import { forward, refuseAdvice } from '../interface/forwarding.ts';
import { linkLocalOf } from '../interface/link-local.ts';
import type { Host } from '../host.ts';
import { only } from './routes.ts';

/** The addresses that the host's end is to have: the gateways. */
export function gatewaysOf(addresses: readonly SandboxAddress[]): InterfaceAddress[] {
  const gateways = addresses.flatMap(({ gateway }) => gateway ?? []);
  const different = new Map(gateways.map((gateway) => [gateway.toString(), gateway]));
  return [...different.values()].map((ip) => InterfaceAddress.of(ip, only(ip).prefix));
}

/**
 * Makes the host's end, which is up, the gateway of the sandbox, and the host forward what comes by it. Throws
 * KernelError, SystemError, TSNET_NOT_FOUND.
 */
export function makeGateway(host: Host, ifname: string, addresses: readonly SandboxAddress[]): Link {
  refuseAdvice(ifname);
  const link = findLink(host.route, { ifname });
  if (link === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `link "${ifname}" was taken away while it was made`);
  host.route.pipeline(requestsFor(link, addresses));
  familiesOf(addresses).forEach((family) => forward(family));
  return link;
}

/** The same for an end of which some may be there still, and which may be down. Throws KernelError, SystemError. */
export function mendGateway(host: Host, link: Link, addresses: readonly SandboxAddress[]): void {
  refuseAdvice(link.ifname);
  host.route.request(setLink({ index: link.index }, {}, { UP: true }));
  for (const request of requestsFor(link, addresses)) {
    try {
      host.route.request(request);
    } catch (error) {
      if (!isKernelError(error, 'EEXIST')) throw error;
    }
  }
  familiesOf(addresses).forEach((family) => forward(family));
}

function requestsFor({ index, attributes }: Link, addresses: readonly SandboxAddress[]): AnyRequest[] {
  const { address: mac } = attributes;
  const own = familiesOf(addresses).has(6) && mac !== undefined ? [linkLocalOf(mac)] : [];
  return [
    ...[...own, ...gatewaysOf(addresses)].map((address) => newAddress(index, address)),
    ...addresses.map(({ address }) => newRoute({ dst: only(address.ip), oif: index })),
  ];
}

function familiesOf(addresses: readonly SandboxAddress[]): Set<Family> {
  return new Set(addresses.map(({ address }) => address.family));
}
