// Who is on which network of the command line.
import type { Database } from '../state/database.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { leasesOf } from '../state/lease.ts';
import type { Lease } from '../state/lease.ts';
import type { Membership, Sandbox } from '../state/sandbox.ts';

/** A sandbox on a network. */
export interface Member {
  /** The sandbox's. */
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  /** As endpoints name it. */
  readonly network: string;
  readonly endpoint: Endpoint;
  readonly leases: readonly Lease[];
  readonly membership: Membership;
}

const usual: Membership = { priority: 0, isInternal: false, aliases: [] };

/** What these sandboxes are on their networks. */
export function membersOf(db: Database, sandboxes: readonly Sandbox[]): Member[] {
  return sandboxes.flatMap(({ id, name, details: { hostname = name, memberships = {} } }) =>
    listEndpoints(db, 'container', id)
      .filter((endpoint) => endpoint.mode === 'bridge' && !isPart(endpoint))
      .filter(({ state }) => state === 'ready')
      .map((endpoint) => ({
        id,
        name,
        hostname,
        network: endpoint.network,
        endpoint,
        leases: leasesOf(db, endpoint.id),
        membership: memberships[endpoint.ifname] ?? usual,
      })),
  );
}

function gatewaysOf({ leases }: Member): number {
  return leases.filter(({ gateway }) => gateway !== undefined).length;
}

/**
 * The networks of a sandbox by which it may leave, the one that it does first: the highest priority, then the one with
 * gateways of more families, then by name, as Docker orders them. An internal one is no way out.
 */
export function waysOut(members: readonly Member[]): Member[] {
  return members
    .filter((member) => !member.membership.isInternal && gatewaysOf(member) > 0)
    .sort(
      (a, b) =>
        b.membership.priority - a.membership.priority ||
        gatewaysOf(b) - gatewaysOf(a) ||
        (a.network < b.network ? -1 : 1),
    );
}
