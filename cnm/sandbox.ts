// Sandboxes of `tsnet run` and `tsnet create`: a namespace with a name, and its place on networks.
import { join } from 'node:path';
import { didYouMean } from '../errors/nearest.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { assertNameFree, nameNamespace, unnameNamespace } from '../netns/named.ts';
import { createPinned, openIfPresent } from '../netns/namespace.ts';
import { listPromised } from '../state/filter.ts';
import { findSandbox, insertSandbox, listSandboxes, renameSandbox } from '../state/sandbox.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { attach } from './attach.ts';
import { settleInside } from './filter/inside.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';
import { raiseLoopback } from './loopback-interface.ts';
import { networksOf, OWN_NETNS, removeSandbox } from './sandbox-end.ts';
import { makeFiles, settleHosts } from './sandbox-files.ts';
import { settleWayOut } from './sandbox-gateway.ts';
import { findNetworks, freeIfname, joinNetworks } from './sandbox-networks.ts';
import type { Joining } from './sandbox-request.ts';
import { hasEnded, processStart } from './sandbox-process.ts';
import { assertName, refuseConflicts } from './sandbox-spec.ts';
import type { Place, SandboxSpec } from './sandbox-spec.ts';

/**
 * Makes a sandbox and attaches it; this process is its owner. Whatever fails, nothing stays. Throws TSNET_EXISTS for a
 * name in use, TSNET_NOT_FOUND for a network or sandbox that is not there, and what `attach` throws.
 */
export function createSandbox(host: Host, id: string, spec: SandboxSpec): Sandbox {
  const { place, command, name = id.slice(0, 12) } = spec;
  refuseConflicts(spec);
  const shared = place.kind === 'container' ? getLiveSandbox(host, place.sandbox) : undefined;
  const joinings = place.kind === 'network' ? findNetworks(host, place.networks) : undefined;
  const mode = joinings?.map(({ network }) => network.name).join() ?? place.kind;
  const sandbox: Sandbox = {
    id,
    name,
    mode: shared === undefined ? mode : `container:${shared.name}`,
    netns: netnsOf(host, id, place, shared),
    command,
    pid: process.pid,
    pidStarted: processStart(process.pid) ?? '',
    created: new Date().toISOString(),
    details: detailsOf(spec, name, shared),
  };
  host.db.transaction(() => {
    insertSandbox(host.db, sandbox);
    // Somebody else's is not to be taken for what is left of ours.
    if (place.kind !== 'host') assertNameFree(name);
  });
  try {
    makeFiles(host, sandbox);
    connect(host, sandbox, spec, shared, joinings);
    settleHosts(host, networksOf(host, sandbox), sandbox);
  } catch (error) {
    removeSandbox(host, sandbox);
    throw error;
  }
  return sandbox;
}

function detailsOf(
  { place, hostname, dns, dnsSearch, dnsOptions, hosts, log }: SandboxSpec,
  name: string,
  shared?: Sandbox,
): Sandbox['details'] {
  // As what is shared says; on the host's network, as the host is called.
  const standard = place.kind === 'host' ? undefined : name;
  return {
    hostname: shared === undefined ? (hostname ?? standard) : shared.details.hostname,
    dns: dns.map(String),
    dnsSearch,
    dnsOptions,
    hosts,
    log,
    shares: shared === undefined ? undefined : (shared.details.shares ?? shared.id),
  };
}

function netnsOf(host: Host, id: string, place: Place, shared: Sandbox | undefined): string {
  if (place.kind === 'host') return OWN_NETNS;
  return shared?.netns ?? join(host.places.run, 'netns', id.slice(0, 12));
}

function connect(
  host: Host,
  sandbox: Sandbox,
  spec: SandboxSpec,
  shared: Sandbox | undefined,
  joinings: readonly Joining[] | undefined,
): void {
  const { netns, id } = sandbox;
  const key = { container: id, ifname: freeIfname() };
  if (spec.place.kind === 'host') {
    attach(host, { mode: 'host', key: { ...key, network: 'tsnet:host' }, netns });
  } else if (shared !== undefined) {
    // Of a sandbox in the host's network there is nothing to share but that network.
    if (netns !== OWN_NETNS)
      attach(host, {
        mode: 'container',
        key: { ...key, network: 'tsnet:container' },
        netns,
        shares: shared.id,
      });
  } else {
    using namespace = createPinned(netns);
    nameNamespace(namespace, sandbox.name);
    raiseLoopback(namespace);
    if (joinings === undefined)
      attach(host, { mode: 'none', key: { ...key, network: 'tsnet:none', ifname: 'lo' }, netns });
    else joinNetworks(host, sandbox, spec, joinings);
    if (joinings !== undefined && joinings.length > 1) settleWayOut(host, sandbox);
  }
}

/** The sandbox of that name or id. Throws TSNET_NOT_FOUND. */
export function getSandbox(host: Host, nameOrId: string): Sandbox {
  const found = findSandbox(host.db, nameOrId);
  if (found !== undefined) return found;
  const meant = didYouMean(
    nameOrId,
    listSandboxes(host.db).map(({ name }) => name),
  );
  throw new TsnetError('TSNET_NOT_FOUND', `no such sandbox: ${nameOrId}${meant} (tsnet ps)`);
}

/** The same, of one that has not ended. Throws TSNET_NOT_FOUND. */
export function getLiveSandbox(host: Host, nameOrId: string): Sandbox {
  const sandbox = getSandbox(host, nameOrId);
  if (!hasEnded(sandbox)) return sandbox;
  throw new TsnetError(
    'TSNET_NOT_FOUND',
    `sandbox ${sandbox.name} has ended: only its record is there (tsnet rm ${sandbox.name} takes it away)`,
  );
}

/** Tells whether a sandbox has a namespace that is not the host's, and that nobody else has. */
export function isAloneInside(host: Host, sandbox: Sandbox): boolean {
  const { id, netns } = sandbox;
  if (hasEnded(sandbox)) return false;
  return netns !== OWN_NETNS && !listSandboxes(host.db).some((one) => one.id !== id && one.netns === netns);
}

/** Gives a sandbox another name, also where `ip netns` looks. Throws TSNET_CONFIG or TSNET_EXISTS. */
export function giveName(host: Host, sandbox: Sandbox, next: string): void {
  const { netns, name, details } = sandbox;
  assertName(next);
  const hasOwn = netns !== OWN_NETNS && details.shares === undefined && !hasEnded(sandbox);
  if (hasOwn) assertNameFree(next);
  host.db.transaction(() => {
    renameSandbox(host.db, sandbox, next);
  });
  if (hasOwn) {
    using namespace = openIfPresent(netns);
    if (namespace !== undefined) nameNamespace(namespace, next);
    unnameNamespace(netns, name);
  }
  // A filter is known by its name: this one is none any more.
  if (listPromised(host.db).some(({ through }) => through === name)) settleInside(host, sandbox, []);
  settleFilters(host);
  settleHosts(host, networksOf(host, sandbox), sandbox);
}
