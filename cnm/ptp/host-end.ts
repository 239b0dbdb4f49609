// The host's end of a pair without a bridge: it has the gateway addresses, each for itself alone, and a route to each
// address of the sandbox.
import { InterfaceAddress } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { newAddress } from '../../netlink/route/address.ts';
import { findLink } from '../../netlink/route/link.ts';
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
  const families = new Set(addresses.map(({ address }) => address.family));
  const { address: mac } = link.attributes;
  const own = families.has(6) && mac !== undefined ? [linkLocalOf(mac)] : [];
  host.route.pipeline([
    ...[...own, ...gatewaysOf(addresses)].map((address) => newAddress(link.index, address)),
    ...addresses.map(({ address }) => newRoute({ dst: only(address.ip), oif: link.index })),
  ]);
  families.forEach((family: Family) => forward(family));
  return link;
}
