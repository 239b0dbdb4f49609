// What a door asks the model to do.
import type { InterfaceAddress, Ip, Mac } from '../address/index.ts';
import type { RangeSpec } from '../ipam/range.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import type { Protocol } from '../state/port.ts';
import type { AttachedRoute } from './attachment.ts';
import type { LinkSpec } from './link/spec.ts';

/** A bridge as a network wants it. `mtu` in bytes; left out, the kernel's default. */
export interface BridgeSpec {
  readonly name: string;
  /** The bridge carries the gateway addresses, and the host forwards between it and the world. */
  readonly isGateway: boolean;
  /** The sandbox gets a default route by the gateway. */
  readonly isDefaultGateway: boolean;
  /** An address that stands in the gateway's way is taken from the bridge instead of refusing. */
  readonly forceAddress: boolean;
  readonly isMasqueraded: boolean;
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
  /** Frames come in with the endpoint's own source address alone. */
  readonly isGuarded: boolean;
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
      readonly requested: readonly Ip[];
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
  readonly ports: readonly PortRequest[];
}

/** A link of another kind than a veth, made inside the sandbox. Without addresses it is taken up and left alone. */
export interface LinkRequest extends AddressedTarget {
  readonly mode: 'link';
  readonly link: LinkSpec;
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
}

/** A request for an interface with addresses of its own. */
export type AddressedRequest = BridgeRequest | LinkRequest;

/** One endpoint to attach, in one of the four modes, or a part to add to one. */
export type AttachRequest = AddressedRequest | NoneRequest | HostRequest | ContainerRequest | PortsRequest;

export { partOf } from '../state/endpoint.ts';
export type { EndpointKey };
