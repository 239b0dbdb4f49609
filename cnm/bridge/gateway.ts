// The host's side of a network: gateway addresses on a bridge, or on what stands for it in a VLAN, and forwarding.
import { InterfaceAddress, Ip } from '../../address/index.ts';
import type { Family, Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { HERE } from '../../native/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { deleteAddress, listAddresses, newAddress } from '../../netlink/route/address.ts';
import type { Link } from '../../netlink/route/link.ts';
import { readSysctl, writeSysctl } from '../../netns/sysctl.ts';
import type { Host } from '../host.ts';

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
  for (const gateway of gateways) {
    if (giveAddress(host, link, gateway)) settleRivals(host, link, gateway, { gateways, isForced });
  }
  const isIpv6 = gateways.some(({ family }) => family === 6);
  const { address } = link.attributes;
  if (isIpv6 && address !== undefined) giveAddress(host, link, linkLocalOf(address));
  for (const family of new Set(gateways.map((gateway) => gateway.family))) forward(family);
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

// By this address the kernel looks for a neighbour on behalf of others; without it, whoever calls a container from
// outside first gets no answer. The kernel's own would be ready only after duplicate address detection.
function linkLocalOf(mac: Mac): InterfaceAddress {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.toBytes();
  const eui64 = [a ^ 2, b, c, 0xff, 0xfe, d, e, f];
  return InterfaceAddress.of(Ip.fromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...eui64)), 64);
}

const forwarding = {
  4: ['ipv4', 'ip_forward'],
  6: ['ipv6', 'conf', 'all', 'forwarding'],
} as const satisfies Record<Family, readonly string[]>;

function forward(family: Family): void {
  if (readSysctl(HERE, forwarding[family]) !== '1') writeSysctl(HERE, forwarding[family], '1');
}
