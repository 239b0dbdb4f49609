// Where a masqueraded endpoint goes to as it is. It is kept with the endpoint's record, which the table is made of.
import { Cidr } from '../address/index.ts';
import type { Endpoint } from '../state/endpoint.ts';
import type { Lease } from '../state/lease.ts';

/** The text that the store keeps of destinations. */
export function keepDirect(destinations: readonly Cidr[] = []): string | undefined {
  return destinations.length === 0 ? undefined : JSON.stringify({ direct: destinations });
}

/**
 * The destinations that an endpoint with these leases shows its own addresses to, none of them in another: those asked
 * for, and without a bridge the neighbours of its subnets. On a bridge a neighbour is known by the bridge.
 */
export function directOf({ mode, kept }: Endpoint, leases: readonly Lease[]): Cidr[] {
  const { direct = [] } = JSON.parse(kept ?? '{}') as { direct?: string[] };
  const subnets = mode === 'ptp' ? leases.map(({ address }) => address.network) : [];
  const all = [...direct.map((text) => Cidr.parse(text)), ...subnets];
  const isWithin = (one: Cidr, other: Cidr, at: number): boolean =>
    other.containsCidr(one) && (!one.equals(other) || at < all.indexOf(one));
  return all.filter((one) => !all.some((other, at) => other !== one && isWithin(one, other, at)));
}
