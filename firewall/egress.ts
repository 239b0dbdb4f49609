// What endpoints may call, as elements: those of each endpoint, those of a device, and those that all share.
import { everywhere } from '../address/index.ts';
import type { Cidr, Family, InterfaceAddress, Ip } from '../address/index.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';
import { allowedBy } from './egress-list.ts';
import type { Egress } from './egress-policy.ts';
import { privateRanges, specialRanges } from './egress-ranges.ts';
import type { AddressRange } from './egress-ranges.ts';
import { egressDevices, egressSets } from './egress-sets.ts';
import type { SetElements } from './layout.ts';

/** What an endpoint may call. */
export interface EgressIntent {
  readonly policy: Egress;
  /** Without a bridge: its addresses with their subnets, in which its neighbours are. */
  readonly subnets: readonly InterfaceAddress[];
}

/** A subnet that the host itself is in. */
export interface HostNetwork {
  readonly device: string;
  readonly cidr: Cidr;
}

type Pair = [SetSpec, Element];

/** The chain that decides. */
export function chainOf(policy: Egress): string {
  return `egress_${typeof policy === 'string' ? policy : 'listed'}`;
}

/** The elements of an endpoint with these addresses behind a device. */
export function egressElements(
  { policy, subnets }: EgressIntent,
  addresses: readonly Ip[],
  device: string,
  owner: string,
): Pair[] {
  const allowed = typeof policy === 'string' ? [] : allowedBy(policy);
  return [
    ...addresses.map((ip): Pair => {
      const verdict = { goto: chainOf(policy) };
      return [egressSets[ip.family].egress, { key: [ip, device], verdict, owner }];
    }),
    ...subnets.map(({ ip, network: { first, last } }): Pair => {
      return [egressSets[ip.family].neighbours, { key: [ip, first], keyEnd: [ip, last], owner }];
    }),
    ...addresses.flatMap((ip) =>
      allowed
        .filter(({ cidr }) => cidr.family === ip.family)
        .map(({ cidr, protocols, ports }): Pair => {
          const key = [ip, cidr.first, protocols[0], ports[0]];
          const keyEnd = [ip, cidr.last, protocols[1], ports[1]];
          return [egressSets[ip.family].listed, { key, keyEnd, owner }];
        }),
    ),
  ];
}

/** The elements of devices behind which somebody may not call everything. */
export function confinedElements(devices: readonly string[]): SetElements[] {
  if (devices.length === 0) return [];
  return [
    { set: egressDevices.confined, elements: devices.map((device) => ({ key: [device] })) },
    { set: egressDevices.companions, elements: devices.map((device) => ({ key: [device, device] })) },
  ];
}

/** Which policies somebody has, of those that ask for more than the endpoint's own elements. */
export interface PoliciesInUse {
  readonly internet: boolean;
  readonly local: boolean;
}

/** What is to be in the sets that all endpoints share, those that are to be empty among them. */
export function commonElements(inUse: PoliciesInUse, networks: readonly HostNetwork[]): SetElements[] {
  return ([4, 6] as const).flatMap((family) => [
    {
      set: egressSets[family].special,
      elements: inUse.internet ? fromAnywhere(family, specialRanges(family)) : [],
    },
    {
      set: egressSets[family].private,
      elements: inUse.local ? fromAnywhere(family, privateRanges(family)) : [],
    },
    {
      set: egressSets[family].hostNetworks,
      elements: inUse.internet ? hostElements(family, networks) : [],
    },
  ]);
}

// Sets of the kernel's that hold ranges have two fields at least.
function fromAnywhere(family: Family, ranges: readonly AddressRange[]): Element[] {
  const any = everywhere[family];
  return ranges.map(({ first, last }) => ({ key: [any.first, first], keyEnd: [any.last, last] }));
}

function hostElements(family: Family, networks: readonly HostNetwork[]): Element[] {
  const special = specialRanges(family);
  const isSpecial = ({ first, last }: Cidr): boolean =>
    special.some((range) => range.first.compare(first) <= 0 && last.compare(range.last) <= 0);
  const all = networks.filter(({ cidr }) => cidr.family === family && !isSpecial(cidr));
  const isWithin = (one: HostNetwork, other: HostNetwork, at: number): boolean =>
    other !== one &&
    other.device === one.device &&
    other.cidr.containsCidr(one.cidr) &&
    (!other.cidr.equals(one.cidr) || at < all.indexOf(one));
  return all
    .filter((one) => !all.some((other, at) => isWithin(one, other, at)))
    .map(({ device, cidr: { first, last } }) => ({ key: [first, device], keyEnd: [last, device] }));
}
