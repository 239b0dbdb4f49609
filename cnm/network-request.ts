// What a network as a person defined it asks for, in the words of the model.
import { everywhere } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import type { Network, Subnet } from '../state/network.ts';
import type { NetworkOptions } from './network-options.ts';
import { wallsOf } from './request.ts';
import type { Addressing, BridgeRequest } from './request.ts';

const families: readonly Family[] = [4, 6];

/** What all members of a network ask for. The default route is for who `hasWayOut` by it. */
export function networkParts(
  network: Network,
  options: NetworkOptions,
  hasWayOut: boolean,
): Pick<BridgeRequest, 'bridge' | 'egress' | 'port'> {
  const { isMasqueraded, isInternal, isAntiSpoof, isRoutable, mayCall, mtu, sources, gatewayMode } = options;
  const having = (mode: string): Family[] => families.filter((family) => gatewayMode[family] === mode);
  return {
    bridge: {
      name: network.bridge,
      isGateway: true,
      withoutGateway: options.isInhibited ? [4, ...having('isolated')] : having('isolated'),
      isDefaultGateway: hasWayOut && !isInternal,
      forceAddress: false,
      isMasqueraded,
      // A family that is routed goes everywhere as it is, and its published ports are called from everywhere.
      nonMasqueraded: having('routed').map((family) => everywhere[family]),
      closed: having('routed'),
      sources,
      isRoutable,
      isLetThrough: true,
      walls: wallsOf(options),
      isHairpin: false,
      isPromiscuous: false,
      mtu,
    },
    egress: mayCall,
    port: { isIsolated: false, guard: isAntiSpoof ? 'addresses' : undefined },
  };
}

/** Where members of a network get their addresses: one of each family, from whichever of its subnets has one left. */
export function poolsOf({ subnets }: Network): Omit<Extract<Addressing, { from: 'pool' }>, 'requested'> {
  const ofFamily = families.map((family) => subnets.filter(({ cidr }) => cidr.family === family));
  return {
    from: 'pool',
    rangeSets: ofFamily.filter((some) => some.length > 0).map((some) => some.map(rangeOf)),
    reserved: subnets.flatMap(({ reserved }) => Object.values(reserved)),
  };
}

function rangeOf({ cidr, gateway, range }: Subnet) {
  const isWhole = range === undefined || range.equals(cidr);
  return {
    subnet: cidr,
    gateway,
    rangeStart: isWhole ? undefined : range.first,
    rangeEnd: isWhole ? undefined : range.last,
  };
}
