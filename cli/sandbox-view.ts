// What there is to tell of a sandbox: its own endpoints, or those of the one it shares with.
import type { Host } from '../cnm/host.ts';
import { isLasting, isRunning } from '../cnm/sandbox-process.ts';
import { listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { leasesOf } from '../state/lease.ts';
import type { Lease } from '../state/lease.ts';
import { portsOf } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import type { Sandbox } from '../state/sandbox.ts';

/** An endpoint with what it holds. */
export interface EndpointView {
  readonly endpoint: Endpoint;
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
}

/** The endpoints that a sandbox is reached by. */
export function endpointsOf({ db }: Host, { id }: Sandbox): EndpointView[] {
  const own = listEndpoints(db, 'container', id);
  const shared = own.flatMap(({ shares }) =>
    shares === undefined ? [] : listEndpoints(db, 'container', shares),
  );
  return [...own, ...shared]
    .filter(({ mode }) => mode === 'bridge')
    .map((endpoint) => ({ endpoint, leases: leasesOf(db, endpoint.id), ports: portsOf(db, endpoint.id) }));
}

/** In one word what has become of a sandbox. */
export function statusOf(sandbox: Sandbox): 'created' | 'running' | 'exited' {
  if (isLasting(sandbox)) return 'created';
  return isRunning(sandbox) ? 'running' : 'exited';
}

/** The networks that a sandbox is on by now, or its mode. */
export function networksOf({ mode, details }: Sandbox, endpoints: readonly EndpointView[]): string {
  const isMode = ['none', 'host'].includes(mode) || mode.startsWith('container:');
  if (isMode || details.outcome !== undefined) return mode;
  return endpoints.map(({ endpoint }) => endpoint.network.replace(/^tsnet:/, '')).join();
}
