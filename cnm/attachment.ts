// What an ADD made, as every door tells it: interfaces, addresses, routes.
import { Cidr, InterfaceAddress, Ip, Mac } from '../address/index.ts';

/** An interface of an endpoint; without `sandbox`, the path as the caller gave it, it is one of the host. */
export interface AttachedInterface {
  readonly name: string;
  readonly mac: Mac | undefined;
  readonly mtu: number;
  readonly sandbox: string | undefined;
  /** The address on the PCI bus of the hardware behind it. */
  readonly pciID?: string | undefined;
}

/** An address; `interface` is an index into the attachment's interfaces, if it has any. */
export interface AttachedAddress {
  readonly address: InterfaceAddress;
  readonly gateway: Ip | undefined;
  readonly interface: number | undefined;
}

/** A route inside the sandbox; `mtu` and `advmss` in bytes, `table` and `scope` as in linux/rtnetlink.h. */
export interface AttachedRoute {
  readonly dst: Cidr;
  readonly gw?: Ip | undefined;
  readonly mtu?: number | undefined;
  readonly advmss?: number | undefined;
  readonly priority?: number | undefined;
  readonly table?: number | undefined;
  readonly scope?: number | undefined;
}

export interface Attachment {
  readonly interfaces: readonly AttachedInterface[];
  readonly addresses: readonly AttachedAddress[];
  readonly routes: readonly AttachedRoute[];
}

/** The text that the store keeps of an attachment. */
export function serialize(attachment: Attachment): string {
  return JSON.stringify(attachment);
}

type Stored<T> = { [K in keyof T]: T[K] extends number | undefined ? T[K] : string | undefined };

/** Reads what `serialize` wrote. */
export function deserialize(text: string): Attachment {
  const stored = JSON.parse(text) as {
    interfaces: Stored<AttachedInterface>[];
    addresses: Stored<AttachedAddress>[];
    routes: Stored<AttachedRoute>[];
  };
  const ip = (value: string | undefined): Ip | undefined =>
    value === undefined ? undefined : Ip.parse(value);
  return {
    interfaces: stored.interfaces.map(({ name, mac, mtu, sandbox, pciID }) => ({
      name: name ?? '',
      mac: mac === undefined ? undefined : Mac.parse(mac),
      mtu,
      sandbox,
      ...(pciID === undefined ? {} : { pciID }),
    })),
    addresses: stored.addresses.map((one) => ({
      address: InterfaceAddress.parse(one.address ?? ''),
      gateway: ip(one.gateway),
      interface: one.interface,
    })),
    routes: stored.routes.map(({ dst, gw, ...rest }) => ({
      ...rest,
      dst: Cidr.parse(dst ?? ''),
      gw: ip(gw),
    })),
  };
}

function moveBy(offset: number, index: number | undefined): number | undefined {
  return index === undefined ? undefined : index + offset;
}

/** Several attachments of one sandbox as one. */
export function merge(attachments: readonly Attachment[]): Attachment {
  let offset = 0;
  const addresses = attachments.flatMap((one) => {
    const at = offset;
    const moved = one.addresses.map((address) => ({ ...address, interface: moveBy(at, address.interface) }));
    offset += one.interfaces.length;
    return moved;
  });
  return {
    interfaces: attachments.flatMap((one) => one.interfaces),
    addresses,
    routes: attachments.flatMap((one) => one.routes),
  };
}
