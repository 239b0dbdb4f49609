// What an endpoint on a bridge must remember of its request, to be checked and taken away by its key alone.
import { Ip } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { BridgeRequest, InsideSpec, PortSpec } from '../request.ts';

/** What is kept of a request. */
export interface BridgeKept {
  /** The bridge that the endpoint's port is in; behind `Endpoint.bridge` when that is the gateway of a VLAN. */
  readonly plug: string;
  readonly isHairpin: boolean;
  readonly isPromiscuous: boolean;
  /** The bridge, or the gateway of the VLAN, has the gateway addresses; left out by a tsnet that did not keep it. */
  readonly isGateway?: boolean;
  /** But not of these families. */
  readonly withoutGateway?: readonly Family[] | undefined;
  /** Of the bridge, in bytes. */
  readonly mtu?: number | undefined;
  readonly port: PortSpec;
  readonly inside: InsideSpec;
  /** Destinations that see the endpoint as it is, although it is masqueraded. */
  readonly direct: readonly string[];
  /** What it leaves with where it is masqueraded, in place of the address of the interface it leaves by. */
  readonly sources?: readonly string[] | undefined;
  /** The families in which its addresses are called on published ports alone. */
  readonly closed?: readonly Family[] | undefined;
  /** Its addresses may be called by routing them, although it is masqueraded; read by `callersOf`. */
  readonly isRoutable: boolean;
}

const plainPort: PortSpec = { isIsolated: false };
const plainInside: InsideSpec = { isLeftDown: false, detectsDuplicates: false };

/** What is to be kept of a request. */
export function keptOf({
  bridge,
  port: asked = plainPort,
  inside = plainInside,
}: Pick<BridgeRequest, 'bridge' | 'port' | 'inside'>): BridgeKept {
  const { name, isHairpin, isPromiscuous, isRoutable, isGateway, withoutGateway, mtu, closed } = bridge;
  // Frames from port to port do not pass the table: the bridge itself has to keep members from each other.
  const port = { ...asked, isIsolated: asked.isIsolated || bridge.walls.includes('members') };
  const direct = (bridge.nonMasqueraded ?? []).map(String);
  const sources = bridge.sources?.map(String);
  const device = { plug: name, isHairpin, isPromiscuous, isGateway, withoutGateway, mtu };
  return { ...device, port, inside, direct, sources, closed, isRoutable };
}

/** What an endpoint leaves with where it is masqueraded; none where that is up to the interface. */
export function sourcesOf(kept: BridgeKept): Ip[] {
  return (kept.sources ?? []).map((text) => Ip.parse(text));
}

function keptOfNothing(plug: string): BridgeKept {
  return {
    plug,
    isHairpin: false,
    isPromiscuous: false,
    port: plainPort,
    inside: plainInside,
    direct: [],
    isRoutable: false,
  };
}

/** What was kept of the request of an endpoint in mode bridge. */
export function readKept({ kept, bridge = '' }: Endpoint): BridgeKept {
  // Recorded by a tsnet that kept nothing.
  if (kept === undefined) return keptOfNothing(bridge);
  if (kept !== latest.text) latest = { text: kept, kept: JSON.parse(kept) as BridgeKept };
  return latest.kept;
}

// The endpoints of a network keep the same, and one call reads it several times.
let latest: { readonly text: string; readonly kept: BridgeKept } = { text: '', kept: keptOfNothing('') };
