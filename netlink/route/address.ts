// Addresses of links (RTM_*ADDR, linux/if_addr.h).
import { InterfaceAddress } from '../../address/index.ts';
import type { Family, Ip } from '../../address/index.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { decodeBody, NLM_F } from '../message.ts';
import type { Message, Request } from '../message.ts';
import { ip, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { AF, IFA, IFA_F, RTM } from './constants.ts';

/** struct ifaddrmsg. */
export const ifaddrmsg = struct('ifaddrmsg', { family: u8, prefix: u8, flags: u8, scope: u8, index: u32 });

export const addressAttributes = attrs('address', {
  address: attr(IFA.ADDRESS, ip),
  local: attr(IFA.LOCAL, ip),
  broadcast: attr(IFA.BROADCAST, ip),
  flags: attr(IFA.FLAGS, u32),
});

const format = { header: ifaddrmsg, attributes: addressAttributes };
type AddressRequest = Request<Infer<typeof ifaddrmsg>, Infer<typeof addressAttributes>>;

/** The kernel's number of an address family. */
export function familyNumber(family: Family): number {
  return family === 4 ? AF.INET : AF.INET6;
}

function broadcastOf({ family, network, prefix }: InterfaceAddress): { broadcast?: Ip } {
  return family === 4 && prefix < 31 ? { broadcast: network.last } : {};
}

function addressRequest(
  operation: 'NEWADDR' | 'DELADDR',
  index: number,
  address: InterfaceAddress,
): AddressRequest {
  return {
    operation: `RTM_${operation}`,
    subject: `address ${address.toString()}`,
    type: RTM[operation],
    flags: operation === 'NEWADDR' ? NLM_F.CREATE | NLM_F.EXCL : 0,
    format,
    body: {
      header: ifaddrmsg.make({ family: familyNumber(address.family), prefix: address.prefix, index }),
      attributes: { address: address.ip, local: address.ip, ...broadcastOf(address) },
    },
  };
}

/** How an address is given. */
export interface AddressOptions {
  /** Whether the kernel looks for duplicates of an IPv6 address before it uses it; standard is not. */
  readonly isDetected?: boolean | undefined;
  /** Whether its subnet is on the link; standard is so. */
  readonly hasSubnetRoute?: boolean | undefined;
}

/**
 * Asks to give a link an address. Duplicate address detection is left out (IFA_F_NODAD) unless it is asked for: the
 * address is ours by lease, and waiting for it would cost a second or more. Without `hasSubnetRoute` nothing but the
 * address itself is on the link (IFA_F_NOPREFIXROUTE, Linux 4.4).
 */
export function newAddress(
  index: number,
  address: InterfaceAddress,
  { isDetected = false, hasSubnetRoute = true }: AddressOptions = {},
): AddressRequest {
  const request = addressRequest('NEWADDR', index, address);
  const isUndetected = address.family === 6 && !isDetected;
  const flags = (isUndetected ? IFA_F.NODAD : 0) | (hasSubnetRoute ? 0 : IFA_F.NOPREFIXROUTE);
  if (flags !== 0) request.body.attributes.flags = flags;
  return request;
}

/** Asks to take an address from a link. */
export function deleteAddress(index: number, address: InterfaceAddress): AddressRequest {
  return addressRequest('DELADDR', index, address);
}

/** An address as the kernel shows it. */
export interface LinkAddress {
  readonly index: number;
  readonly address: InterfaceAddress;
  readonly scope: number;
  /** IFA_F_*; those above 8 bits included. */
  readonly flags: number;
}

/** The addresses of one link, or of the whole namespace when `index` is 0, of both families. */
export function listAddresses(connection: Connection, index = 0): LinkAddress[] {
  const request: AddressRequest = {
    operation: 'RTM_GETADDR',
    type: RTM.GETADDR,
    flags: 0,
    format,
    body: { header: ifaddrmsg.make({ index }), attributes: {} },
  };
  return connection.dump(request).flatMap(({ header, attributes }) => {
    const own = attributes.local ?? attributes.address;
    if (own === undefined) return [];
    const address = InterfaceAddress.of(own, header.prefix);
    const flags = attributes.flags ?? header.flags;
    return [{ index: header.index, address, scope: header.scope, flags }];
  });
}

/** The index of the link that a notification (RTM_NEWADDR, RTM_DELADDR) is about. */
export function linkOfAddressChange({ payload }: Message): number {
  return decodeBody(format, payload, ifaddrmsg.bytes).header.index;
}
