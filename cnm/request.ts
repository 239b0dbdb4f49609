// What a door asks the model to do.
import type { InterfaceAddress, Ip, Mac } from '../address/index.ts';
import type { Publishing } from '../firewall/publishing.ts';
import type { RangeSpec } from '../ipam/range.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import type { Protocol } from '../state/port.ts';
import type { AttachedRoute } from './attachment.ts';

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
  readonly ports: readonly PortRequest[];
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

/** A request for an interface with addresses of its own. */
export type AddressedRequest = BridgeRequest;

/** One endpoint to attach, in one of the four modes, or a part to add to one. */
export type AttachRequest = AddressedRequest | NoneRequest | HostRequest | ContainerRequest | PortsRequest;

export { usual as usualPublishing } from '../firewall/publishing.ts';
export type { Condition, Match, Publishing } from '../firewall/publishing.ts';
export { partOf } from '../state/endpoint.ts';
export type { EndpointKey };
