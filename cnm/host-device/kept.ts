// What is kept of a device while it is away, and how it is known again wherever it is.
import type { Link } from '../../netlink/route/link.ts';
import type { Endpoint } from '../../state/endpoint.ts';

/** A device of the host as it was. */
export interface KeptDevice {
  readonly name: string;
  /** Its alias, which its name takes the place of while it is away; empty when it had none. */
  readonly alias: string;
  /** The address that its hardware came with, or the one it had. */
  readonly address: string | undefined;
  /** When its namespace ends, it comes back to the host by itself; what has no hardware ends, too. */
  readonly isPhysical: boolean;
  readonly pciID: string | undefined;
}

/** What is kept of an endpoint: a device, or the id on the PCI bus of one that the kernel has no link of. */
export type Kept = { readonly device: KeptDevice } | { readonly userspace: string };

/** What to keep of a device that is still on the host. */
export function keptOfLink(link: Link, pciID: string | undefined): KeptDevice {
  const { alias = '', info } = link.attributes;
  return { name: link.ifname, alias, address: addressOf(link), isPhysical: info?.kind === undefined, pciID };
}

/** What the store keeps of an endpoint. */
export function keptOf({ kept }: Endpoint): Kept {
  return JSON.parse(kept ?? '{}') as Kept;
}

function addressOf({ attributes: { permanentAddress, address } }: Link): string | undefined {
  return (permanentAddress ?? address)?.toString();
}

/**
 * The one of these links that is the device. Each of its marks may have been changed by somebody, so two of the three
 * have to be right: its name, here or on the host; its alias; its address.
 */
export function pick(links: readonly Link[], kept: KeptDevice, ifname: string): Link | undefined {
  const marks = (link: Link): number => {
    const isNamed = link.ifname === ifname || link.ifname === kept.name;
    const isAlias = link.attributes.alias === kept.name;
    const isAddress = kept.address !== undefined && addressOf(link) === kept.address;
    return Number(isNamed) + Number(isAlias) + Number(isAddress);
  };
  const [best] = [...links].sort((a, b) => marks(b) - marks(a));
  return best !== undefined && marks(best) >= 2 ? best : undefined;
}
