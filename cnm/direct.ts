// Where a masqueraded endpoint goes to as it is, and who may call it there. It is kept with the endpoint's record, which the
// table is made of.
import { Cidr } from '../address/index.ts';
import type { Endpoint } from '../state/endpoint.ts';
import type { Lease } from '../state/lease.ts';

/** What is kept for the firewall of an endpoint that is masqueraded. */
interface DirectKept {
  /** Destinations that see it as it is, and may call it. */
  readonly direct?: readonly string[];
  /** Everybody may call it by routing its addresses. */
  readonly isRoutable?: boolean;
}

/** The text that the store keeps. */
export function keepDirect(destinations: readonly Cidr[], isRoutable: boolean): string | undefined {
  if (destinations.length === 0 && !isRoutable) return undefined;
  return JSON.stringify({ direct: destinations.map(String), isRoutable } satisfies DirectKept);
}

function readKept({ kept }: Endpoint): DirectKept {
  return JSON.parse(kept ?? '{}') as DirectKept;
}

function blocksOf(endpoint: Endpoint): Cidr[] {
  return (readKept(endpoint).direct ?? []).map((text) => Cidr.parse(text));
}

/** These blocks without those that lie in another. */
function outermost(blocks: readonly Cidr[]): Cidr[] {
  const isWithin = (one: Cidr, other: Cidr, at: number): boolean =>
    other.containsCidr(one) && (!one.equals(other) || at < blocks.indexOf(one));
  return blocks.filter((one) => !blocks.some((other, at) => other !== one && isWithin(one, other, at)));
}

/**
 * The destinations that an endpoint with these leases shows its own addresses to, none of them in another: those asked
 * for, and without a bridge the neighbours of its subnets. On a bridge a neighbour is known by the bridge.
 */
export function directOf(endpoint: Endpoint, leases: readonly Lease[]): Cidr[] {
  const subnets = endpoint.mode === 'ptp' ? leases.map(({ address }) => address.network) : [];
  return outermost([...blocksOf(endpoint), ...subnets]);
}

/**
 * Who outside may call an endpoint by routing its addresses, none of the blocks in another; undefined when everybody may. (Not
 * the subnets of its leases: a neighbour is known by the device that it is behind, and anybody can send from such an address.)
 */
export function callersOf(endpoint: Endpoint): Cidr[] | undefined {
  if (!endpoint.isMasqueraded || readKept(endpoint).isRoutable === true) return undefined;
  return outermost(blocksOf(endpoint));
}
