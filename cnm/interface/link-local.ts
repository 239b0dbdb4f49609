// The IPv6 link-local address of a gateway's device.
import { InterfaceAddress, Ip } from '../../address/index.ts';
import type { Mac } from '../../address/index.ts';

/**
 * The link-local address of a link-layer address (RFC 4291, appendix A). By it the kernel looks for a neighbour on behalf
 * of others; without it, whoever calls a container from outside first gets no answer. The kernel's own would be ready
 * only after duplicate address detection.
 */
export function linkLocalOf(mac: Mac): InterfaceAddress {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.toBytes();
  const eui64 = [a ^ 2, b, c, 0xff, 0xfe, d, e, f];
  return InterfaceAddress.of(Ip.fromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...eui64)), 64);
}
