// The host's side of a network: gateway addresses on a bridge, or on what stands for it in a VLAN, and forwarding.
import { InterfaceAddress } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { deleteAddress, listAddresses, newAddress } from '../../netlink/route/address.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { Host } from '../host.ts';
import type { SandboxAddress } from '../interface/configure.ts';
import { forward } from '../interface/forwarding.ts';
import { linkLocalOf } from '../interface/link-local.ts';

/** The addresses that a bridge needs to be the gateway for these, but for those of families `without` one. */
export function gatewaysOf(
  addresses: readonly SandboxAddress[],
  without: readonly Family[] = [],
): InterfaceAddress[] {
  return addresses.flatMap(({ address, gateway }) =>
    gateway === undefined || without.includes(address.family)
      ? []
      : [InterfaceAddress.of(gateway, address.prefix)],
  );
}

/**
 * Gives a link the gateway addresses and switches forwarding of their families on. Throws TSNET_EXISTS when an address
 * stands in the way and is not to be replaced, TSNET_KERNEL.
 */
export function makeGateway(
  host: Host,
  link: Link,
  gateways: readonly InterfaceAddress[],
  isForced: boolean,
): void {
  const known = `${link.index} has ${gateways.join()}`;
  const { facts } = host.certain;
  if (!facts.has(known)) giveAddresses(host, link, gateways, isForced);
  facts.add(known);
  for (const family of new Set(gateways.map((gateway) => gateway.family))) forward(family);
}

function giveAddresses(
  host: Host,
  link: Link,
  gateways: readonly InterfaceAddress[],
  isForced: boolean,
): void {
  for (const gateway of gateways) {
    if (giveAddress(host, link, gateway)) settleRivals(host, link, gateway, { gateways, isForced });
  }
  const isIpv6 = gateways.some(({ family }) => family === 6);
  const { address } = link.attributes;
  if (isIpv6 && address !== undefined) giveAddress(host, link, linkLocalOf(address));
}

/** Tells whether the address is new to the link. */
function giveAddress(host: Host, link: Link, address: InterfaceAddress): boolean {
  try {
    host.route.request(newAddress(link.index, address));
    return true;
  } catch (error) {
    if (isKernelError(error, 'EEXIST')) return false;
    throw error;
  }
}

// Only who gives the link an address that it did not have looks for others of that subnet: nearly never.
function settleRivals(
  host: Host,
  link: Link,
  gateway: InterfaceAddress,
  { gateways, isForced }: { gateways: readonly InterfaceAddress[]; isForced: boolean },
): void {
  const others = listAddresses(host.route, link.index)
    .map(({ address }) => address)
    .filter((address) => !gateways.some((one) => one.equals(address)));
  const rivals = others.filter((address) => address.network.overlaps(gateway.network));
  const [rival] = rivals;
  if (rival !== undefined && !isForced) {
    host.route.request(deleteAddress(link.index, gateway));
    throw new TsnetError(
      'TSNET_EXISTS',
      `"${link.ifname}" already has an IP address different from ${gateway.toString()}: ${rival.toString()} (forceAddress replaces it)`,
    );
  }
  if (!isForced) return;
  // As the reference does it: of IPv4 whatever was there is the network's former gateway.
  const former = gateway.family === 4 ? others.filter(({ family }) => family === 4) : rivals;
  for (const address of former) host.route.request(deleteAddress(link.index, address));
}
