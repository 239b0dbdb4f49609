// What a door asks the model to do.
import type { Cidr, Family, InterfaceAddress, Ip, Mac } from '../address/index.ts';
import type { Egress } from '../firewall/egress-policy.ts';
import type { Publishing } from '../firewall/publishing.ts';
import type { RangeSpec } from '../ipam/range.ts';
import type { SysctlKey } from '../netns/sysctl.ts';
import type { EndpointKey, GuardLevel, Ingress } from '../state/endpoint.ts';
import type { Protocol } from '../state/port.ts';
import type { Wall } from '../state/wall.ts';
import type { AttachedRoute } from './attachment.ts';
import type { LinkSpec } from './link/spec.ts';

/** A bridge as a network wants it. `mtu` in bytes; left out, the kernel's default. */
export interface BridgeSpec {
  readonly name: string;
  /** The bridge carries the gateway addresses, and the host forwards between it and the world. */
  readonly isGateway: boolean;
  /** The families whose gateway address it does not carry all the same; left out, none. */
  readonly withoutGateway?: readonly Family[] | undefined;
  /** The sandbox gets a default route by the gateway. */
  readonly isDefaultGateway: boolean;
  /** An address that stands in the gateway's way is taken from the bridge instead of refusing. */
  readonly forceAddress: boolean;
  readonly isMasqueraded: boolean;
  /** Destinations that see the sandbox's own addresses all the same. */
  readonly nonMasqueraded?: readonly Cidr[] | undefined;
  /** What leaves masqueraded carries these, at most one of each family, in place of the address of the interface it leaves by. */
  readonly sources?: readonly Ip[] | undefined;
  /** The families in which nobody outside calls its addresses but on published ports; left out, none. */
  readonly closed?: readonly Family[] | undefined;
  /** Although masqueraded, the sandbox may be called by whoever routes its addresses by this host. */
  readonly isRoutable: boolean;
  /** Filters of the host let the traffic of its endpoints pass. */
  readonly isLetThrough: boolean;
  /** What its endpoints are kept from, in the order of `wallKinds`. */
  readonly walls: readonly Wall[];
  readonly isHairpin: boolean;
  readonly isPromiscuous: boolean;
  readonly mtu?: number | undefined;
}

/** The VLANs of a bridge's port, each 1 to 4094. A range goes from its first to its last, both included. */
export interface VlanSpec {
  /** What the port sends without a tag belongs to this one; without it to VLAN 1. */
  readonly native?: number | undefined;
  /** What may come and go with a tag. */
  readonly trunk: readonly { readonly first: number; readonly last: number }[];
  /** The port stays in the bridge's default VLAN, too. */
  readonly keepsDefault: boolean;
}

/** An endpoint's own port of a bridge. */
export interface PortSpec {
  /** It reaches the bridge, and no other isolated port. */
  readonly isIsolated: boolean;
  /** Frames come in with the endpoint's own sources alone: left out, these are not looked at. */
  readonly guard?: GuardLevel | undefined;
  readonly vlans?: VlanSpec | undefined;
}

/** The end of a pair that is inside the sandbox. */
export interface InsideSpec {
  /** It is left down, for somebody else to use. */
  readonly isLeftDown: boolean;
  /** IPv6 addresses are used only after the neighbours were asked for them (RFC 4862, section 5.4). */
  readonly detectsDuplicates: boolean;
}

/** Where an endpoint's addresses come from: our pools, somebody else's IPAM, or nowhere. */
export type Addressing =
  | {
      readonly from: 'pool';
      /** The folder in which the reference plugin kept what it gave, if it was here before. */
      readonly hostLocalFolder?: string | undefined;
      readonly rangeSets: readonly (readonly RangeSpec[])[];
      /** Addresses that are not given to anybody. */
      readonly reserved?: readonly Ip[] | undefined;
      readonly requested: readonly Ip[];
      /** Addresses of no pool, which come last. */
      readonly beside?: readonly InterfaceAddress[] | undefined;
    }
  | {
      readonly from: 'elsewhere';
      readonly addresses: readonly { address: InterfaceAddress; gateway?: Ip | undefined }[];
    }
  | { readonly from: 'nowhere' };

/** A port to publish; without `hostIp` on every address of the host, in each family the endpoint has. */
export interface PortRequest {
  readonly protocol: Protocol;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly hostIp?: Ip | undefined;
}

interface Target {
  readonly key: EndpointKey;
  /** The path of the sandbox's network namespace. */
  readonly netns: string;
}

/** An interface with addresses of its own. */
export interface AddressedTarget extends Target {
  readonly addressing: Addressing;
  readonly mac?: Mac | undefined;
  readonly routes: readonly AttachedRoute[];
}

export interface BridgeRequest extends AddressedTarget {
  readonly mode: 'bridge';
  readonly bridge: BridgeSpec;
  /** Left out, a port as any other. */
  readonly port?: PortSpec | undefined;
  /** Left out, up and without duplicate address detection. */
  readonly inside?: InsideSpec | undefined;
  /** What it may call; left out, everything. */
  readonly egress?: Egress | undefined;
  readonly ports: readonly PortRequest[];
}

/** A link of another kind than a veth, made inside the sandbox. Without addresses it is taken up and left alone. */
export interface LinkRequest extends AddressedTarget {
  readonly mode: 'link';
  readonly link: LinkSpec;
}

/** A veth pair without a bridge: the host's end is the gateway. `mtu` in bytes; left out, the kernel's default. */
export interface PtpRequest extends AddressedTarget {
  readonly mode: 'ptp';
  readonly isMasqueraded: boolean;
  /** Destinations that see the sandbox's own addresses all the same. */
  readonly nonMasqueraded: readonly Cidr[];
  /** Although masqueraded, the sandbox may be called by whoever routes its addresses by this host. */
  readonly isRoutable: boolean;
  readonly mtu?: number | undefined;
  /** What it may call; left out, everything. */
  readonly egress?: Egress | undefined;
  readonly ports: readonly PortRequest[];
}

/** By what a device of the host is chosen. */
export type DeviceChoice =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'mac'; readonly mac: Mac }
  /** A folder below /sys/devices. */
  | { readonly by: 'path'; readonly path: string }
  /** The id of a device on a bus of the kernel's, such as 0000:00:1f.6 or mlx5_core.sf.4. */
  | { readonly by: 'bus'; readonly bus: 'pci' | 'auxiliary'; readonly id: string };

/** A device of the host that moves into the sandbox. */
export interface HostDeviceRequest extends AddressedTarget {
  readonly mode: 'host-device';
  readonly device: DeviceChoice;
}

export interface NoneRequest extends Target {
  readonly mode: 'none';
}

export interface HostRequest extends Target {
  readonly mode: 'host';
}

export interface ContainerRequest extends Target {
  readonly mode: 'container';
  /** The container whose sandbox is shared. */
  readonly shares: string;
}

/** Ports to publish of an endpoint that another plugin has made. */
export interface PortsRequest extends Target {
  readonly mode: 'ports';
  /** The container's addresses, the one that ports of its family lead to first. */
  readonly addresses: readonly Ip[];
  /** The host's interfaces that the plugins before have made. */
  readonly hostInterfaces: readonly string[];
  readonly ports: readonly PortRequest[];
  readonly publishing: Publishing;
}

/** A pace: `rate` in bits per second on the whole, `burst` in bits at once. */
export interface RateLimit {
  readonly rate: number;
  readonly burst: number;
}

/** Limits on the traffic of an endpoint that another plugin has made, with a veth pair. */
export interface BandwidthRequest extends Target {
  readonly mode: 'bandwidth';
  /** The host's interfaces that the plugins before have made; none where their result tells of no interfaces. */
  readonly hostInterfaces: readonly string[];
  /** Of what the container receives. */
  readonly ingress: RateLimit | undefined;
  /** Of what the container sends. */
  readonly egress: RateLimit | undefined;
}

/** Settings of an interface, and of its namespace. What is left out stays as it is. */
export interface Tuning {
  readonly sysctls: readonly { readonly key: SysctlKey; readonly value: string }[];
  readonly mac?: Mac | undefined;
  /** In bytes. */
  readonly mtu?: number | undefined;
  readonly isPromiscuous?: boolean | undefined;
  /** Takes in what is sent to any multicast group. */
  readonly isAllMulticast?: boolean | undefined;
  /** In packets. */
  readonly queueLength?: number | undefined;
}

/** Settings for an endpoint that another plugin has made. */
export interface TuningRequest extends Target {
  readonly mode: 'tuning';
  readonly tuning: Tuning;
}

/** Addresses alone, for an interface that a plugin of somebody else's makes. */
export interface LeaseRequest extends Target {
  readonly mode: 'lease';
  readonly addressing: Addressing;
}

/** Routes by source address, for an interface that a plugin before has made. */
export interface SourceRoutingRequest extends Target {
  readonly mode: 'sbr';
  /** The interface's addresses, with the gateway of each where it is known. */
  readonly addresses: readonly SourceAddress[];
  /** At most one of each family; it is taken instead of those of the addresses. */
  readonly gateways: readonly Ip[];
  /** A table that somebody else fills: only the rules are made. */
  readonly table?: number | undefined;
  /** Leaves a route to each subnet where all routes are, with the address as the source to take. */
  readonly hasSourceHints: boolean;
}

/** An address that packets come from, and the gateway of its subnet. */
export interface SourceAddress {
  readonly address: InterfaceAddress;
  readonly gateway?: Ip | undefined;
}

/** A place in a virtual routing domain, for an interface that a plugin before has made. */
export interface VrfRequest extends Target {
  readonly mode: 'vrf';
  /** The name of the domain's device. */
  readonly vrf: string;
  /** The domain's routing table; left out, one that nobody uses. */
  readonly table?: number | undefined;
}

/** Passage through the host's filters for an endpoint that another plugin has made. */
export interface FirewallRequest extends Target {
  readonly mode: 'firewall';
  readonly addresses: readonly Ip[];
  /** The host's interfaces that the plugins before have made. */
  readonly hostInterfaces: readonly string[];
  readonly ingress: Ingress;
  /** The chain of the host's admin that goes before, where a chain has to be made. */
  readonly adminChain: string;
}

/** A request for an interface with addresses of its own. */
export type AddressedRequest = BridgeRequest | LinkRequest | PtpRequest | HostDeviceRequest;

/** One endpoint to attach, in one of the four modes, or a part to add to one. */
export type AttachRequest = AddressedRequest | NoneRequest | HostRequest | ContainerRequest | PartRequest;

/** A part to add to an endpoint. */
export type PartRequest =
  | PortsRequest
  | FirewallRequest
  | BandwidthRequest
  | TuningRequest
  | LeaseRequest
  | SourceRoutingRequest
  | VrfRequest;

export { isEgressKind, readPortRange } from '../firewall/egress-policy.ts';
export type { Egress, EgressEntry } from '../firewall/egress-policy.ts';
export { usual as usualPublishing } from '../firewall/publishing.ts';
export type { Condition, Match, Publishing } from '../firewall/publishing.ts';
export { ingressPolicies, IPAM, partOf } from '../state/endpoint.ts';
export { wallsOf } from '../state/wall.ts';
export type { Seclusion } from '../state/wall.ts';
export type { EndpointKey, GuardLevel, Ingress };
