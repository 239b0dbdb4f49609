// The routes between the two ends: the gateway is on the link, and all else of the subnet behind it.
import { addressBits, Cidr } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { SandboxAddress, SandboxRoute } from '../interface/configure.ts';

/** The block that is one address alone. */
export function only(ip: Ip): Cidr {
  return Cidr.of(ip, addressBits[ip.family]);
}

/** Throws TSNET_CONFIG for an address that is its own gateway: the host's end has to have the gateway's. */
export function assertForeignGateways(addresses: readonly SandboxAddress[]): void {
  const own = addresses.find(({ address, gateway }) => gateway?.equals(address.ip) === true);
  if (own === undefined) return;
  throw new TsnetError(
    'TSNET_CONFIG',
    `address ${own.address.toString()}: it is its own gateway, give it another or another address`,
  );
}

/** The sandbox's routes to each gateway, then through it to the subnet; one for each destination. */
export function routesByGateway(addresses: readonly SandboxAddress[]): SandboxRoute[] {
  const routes = new Map<string, SandboxRoute>();
  const add = (route: SandboxRoute): void => {
    const name = route.dst.toString();
    if (!routes.has(name)) routes.set(name, route);
  };
  for (const { address, gateway } of addresses) {
    if (gateway === undefined) continue;
    const source = address.ip;
    add({ dst: only(gateway), source });
    // A subnet of one address has nobody behind the gateway.
    if (!address.network.equals(only(source))) add({ dst: address.network, gw: gateway, source });
  }
  return [...routes.values()];
}
