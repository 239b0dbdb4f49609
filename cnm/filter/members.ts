// Who is the filter between two networks, as far as it is there.
import type { Database } from '../../state/database.ts';
import { listEndpoints } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { FilteredNetwork, PromisedFilter } from '../../state/filter.ts';
import { findSandbox } from '../../state/sandbox.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { endpointNetwork } from '../network-store.ts';

/** The sandbox that a filter names, if there is one. */
export function sandboxOf(db: Database, { through }: Pick<PromisedFilter, 'through'>): Sandbox | undefined {
  const sandbox = findSandbox(db, through);
  // Not one whose id begins so.
  return sandbox?.name === through ? sandbox : undefined;
}

/** The interfaces of a sandbox on networks that are ready. */
export function interfacesOf(db: Database, { id }: Sandbox): Endpoint[] {
  return listEndpoints(db, 'container', id).filter(
    ({ mode, state }) => mode === 'bridge' && state === 'ready',
  );
}

/** The two interfaces of the sandbox that a filter names, in the order of its networks; undefined unless it has both. */
export function filterEnds(db: Database, filter: PromisedFilter): [Endpoint, Endpoint] | undefined {
  const sandbox = sandboxOf(db, filter);
  if (sandbox === undefined || filter.isLeaving) return undefined;
  const all = interfacesOf(db, sandbox);
  const on = (network: FilteredNetwork): Endpoint | undefined =>
    all.find((one) => one.network === endpointNetwork(network));
  const [one, other] = filter.networks;
  const [first, second] = [on(one), on(other)];
  return first === undefined || second === undefined ? undefined : [first, second];
}
