// The sandbox's part of filters: it forwards between its networks, and may send frames of others.
import { isSameNamespace, openIfPresent, ownNamespace } from '../../netns/namespace.ts';
import { writeSysctls } from '../../netns/sysctl.ts';
import type { SysctlKey } from '../../netns/sysctl.ts';
import { setGuard } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { PromisedFilter } from '../../state/filter.ts';
import { findNetwork } from '../../state/network.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { guardOf } from '../bridge/guard.ts';
import type { Host } from '../host.ts';
import { readOptions } from '../network-options.ts';
import { endpointNetwork, withNetworks } from '../network-store.ts';
import { filterEnds, interfacesOf } from './members.ts';

/** Makes a sandbox do what these filters, which all name it, want of it; without one that it is there for, nothing. */
export function settleInside(host: Host, sandbox: Sandbox, filters: readonly PromisedFilter[]): void {
  const all = interfacesOf(host.db, sandbox);
  if (all.length === 0) return;
  const ends = new Set(filters.flatMap((filter) => filterEnds(host.db, filter) ?? []).map(({ id }) => id));
  for (const endpoint of all) settleGuard(host, endpoint, ends.has(endpoint.id));
  settleForwarding(sandbox, all, ends);
}

// Of IPv6 the kernel forwards on all interfaces or on none.
function settleForwarding({ netns }: Sandbox, all: readonly Endpoint[], ends: ReadonlySet<string>): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined || isSameNamespace(namespace, ownNamespace())) return;
  const of = ({ id, ifname }: Endpoint): [SysctlKey, string][] => [
    [['ipv4', 'conf', ifname, 'forwarding'], ends.has(id) ? '1' : '0'],
    [['ipv4', 'conf', ifname, 'send_redirects'], '0'],
  ];
  writeSysctls(namespace.fd, [
    // Redirects are sent where either this or the interface's own says so.
    [['ipv4', 'conf', 'all', 'send_redirects'], '0'],
    ...all.flatMap(of),
    [['ipv6', 'conf', 'all', 'forwarding'], ends.size > 0 ? '1' : '0'],
  ]);
}

// What passes through a filter has the source it began with.
function settleGuard(host: Host, endpoint: Endpoint, isEnd: boolean): void {
  if (endpoint.guard === undefined) return;
  const guard = !isEnd && isAntiSpoof(host, endpoint) ? 'addresses' : 'mac';
  if (endpoint.guard !== guard)
    host.db.transaction(() => {
      setGuard(host.db, endpoint.id, guard);
    });
  // Also where the store had it so already: who wrote it there may have been killed before the kernel was told.
  const wanted = guardOf(host.db, { ...endpoint, guard });
  const possible = guardOf(host.db, { ...endpoint, guard: 'addresses' });
  if (wanted !== undefined && possible !== undefined) host.guard.adjust(wanted, possible);
}

function isAntiSpoof(host: Host, { network }: Endpoint): boolean {
  const name = network.slice(endpointNetwork({ name: '' }).length);
  const options = withNetworks(host, (db) => findNetwork(db, name))?.options;
  return options !== undefined && readOptions(options).isAntiSpoof;
}
