// What a link inside a sandbox is to be, for each kind that there is.
import type { LinkInfo } from '../../netlink/route/link.ts';
import { IPVLAN_MODE, MACVLAN_MODE } from '../../netlink/route/constants.ts';
import type { Endpoint } from '../../state/endpoint.ts';

interface Sized {
  /** In bytes; left out, that of the master, or the kernel's default. */
  readonly mtu?: number | undefined;
}

interface Upper extends Sized {
  /** The interface below it; left out, that of the default route. */
  readonly master?: string | undefined;
  /** The master is in the sandbox, not on the host. */
  readonly isMasterInside: boolean;
}

/** See ip-link(8), "MACVLAN and MACVTAP Type Support". */
export interface MacvlanSpec extends Upper {
  readonly kind: 'macvlan';
  readonly mode: 'bridge' | 'private' | 'vepa' | 'passthru';
  /** How many broadcast packets may wait; left out, the kernel's default. */
  readonly broadcastQueueLength?: number | undefined;
}

/** See Documentation/networking/ipvlan.rst of the kernel. */
export interface IpvlanSpec extends Upper {
  readonly kind: 'ipvlan';
  readonly mode: 'l2' | 'l3' | 'l3s';
}

export interface VlanSpec extends Upper {
  readonly kind: 'vlan';
  readonly id: number;
}

export interface DummySpec extends Sized {
  readonly kind: 'dummy';
}

/** A device that a program in the sandbox, such as a virtual machine, opens by /dev/net/tun (linux/if_tun.h). */
export interface TapSpec extends Sized {
  readonly kind: 'tap';
  readonly isMultiQueue: boolean;
  /** Who may open it, beside root: a user id and a group id. */
  readonly owner?: number | undefined;
  readonly group?: number | undefined;
  readonly selinuxContext?: string | undefined;
  /** A bridge inside the sandbox that it becomes a port of. */
  readonly bridge?: string | undefined;
}

/** A link that lies on another one, its master. */
export type UpperSpec = MacvlanSpec | IpvlanSpec | VlanSpec;

export type LinkSpec = UpperSpec | DummySpec | TapSpec;

/** Tells whether a link lies on another one. */
export function isUpper(spec: LinkSpec): spec is UpperSpec {
  return spec.kind !== 'dummy' && spec.kind !== 'tap';
}

const macvlanModes = {
  bridge: MACVLAN_MODE.BRIDGE,
  private: MACVLAN_MODE.PRIVATE,
  vepa: MACVLAN_MODE.VEPA,
  passthru: MACVLAN_MODE.PASSTHRU,
};
const ipvlanModes = { l2: IPVLAN_MODE.L2, l3: IPVLAN_MODE.L3, l3s: IPVLAN_MODE.L3S };

/** The link as the kernel tells of it: its kind there, and what it is made of. */
export function infoOf(spec: LinkSpec): LinkInfo {
  switch (spec.kind) {
    case 'macvlan': {
      const { mode, broadcastQueueLength } = spec;
      return { kind: 'macvlan', data: { mode: macvlanModes[mode], broadcastQueueLength } };
    }
    case 'ipvlan':
      return { kind: 'ipvlan', data: { mode: ipvlanModes[spec.mode] } };
    case 'vlan':
      return { kind: 'vlan', data: { id: spec.id } };
    case 'dummy':
      return { kind: 'dummy' };
    case 'tap': {
      const { owner, group, isMultiQueue } = spec;
      return { kind: 'tun', data: { owner, group, isMultiQueue: isMultiQueue ? 1 : 0 } };
    }
  }
}

/** The link that was recorded for an endpoint. */
export function readSpec({ kept = '' }: Endpoint): LinkSpec {
  return JSON.parse(kept) as LinkSpec;
}
