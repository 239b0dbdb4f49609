// Sandboxes of `tsnet run`: a namespace with a name, an owner process, and its place on a network.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ip } from '../address/index.ts';
import { didYouMean } from '../errors/nearest.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { createPinned, unpin } from '../netns/namespace.ts';
import { listEndpoints } from '../state/endpoint.ts';
import { deleteSandbox, findSandbox, insertSandbox, listSandboxes } from '../state/sandbox.ts';
import type { Network } from '../state/network.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { attach } from './attach.ts';
import { detach } from './detach.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';
import { isName } from './names.ts';
import { getNetwork } from './network.ts';
import { raiseLoopback } from './loopback-interface.ts';
import { pause } from './pause.ts';
import type { PortRequest, RateLimit } from './request.ts';
import { freeIfname, joinNetworks } from './sandbox-networks.ts';

const OWN_NETNS = '/proc/self/ns/net';

/** Where a sandbox is to be: on networks, the first of which is its way out, alone, in the host's network, or in another sandbox. */
export type Place =
  | { readonly kind: 'network'; readonly networks: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  | { readonly kind: 'container'; readonly sandbox: string };

/** A sandbox as a person asks for it. */
export interface SandboxSpec {
  readonly name?: string | undefined;
  readonly place: Place;
  readonly ip?: Ip | undefined;
  readonly ports: readonly PortRequest[];
  /** Limits on what it receives and on what it sends, in place of those of its network. */
  readonly ingress?: RateLimit | undefined;
  readonly egress?: RateLimit | undefined;
  readonly command: readonly string[];
}

/** Reads what --network says, each time that it is given. Throws TSNET_CONFIG for what cannot be had together. */
export function readPlace(texts: readonly string[]): Place {
  const [alone] = texts.filter((text) => ['none', 'host'].includes(text) || text.startsWith('container:'));
  if (alone !== undefined && texts.length > 1)
    throw new TsnetError('TSNET_CONFIG', `--network ${alone}: contradicts any other network`);
  if (alone === 'none' || alone === 'host') return { kind: alone };
  if (alone !== undefined) return { kind: 'container', sandbox: alone.slice('container:'.length) };
  return { kind: 'network', networks: texts.map((text) => (text === 'default' ? 'bridge' : text)) };
}

/** When a process began, which tells it from a later one with its number; undefined when it is gone. */
function processStart(pid: number): string | undefined {
  try {
    // The name in parentheses may hold anything; the fields behind it are counted from its end (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is gone but for its exit code, which its parent has yet to ask for.
    return ['Z', 'X'].includes(state) ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

/** Tells whether the process that looks after a sandbox is still there. */
export function isRunning({ pid, pidStarted }: Sandbox): boolean {
  return processStart(pid) === pidStarted;
}

/** Kills the process that looks after a sandbox, and its command with it; waits until it is gone. */
export function stopOwner(sandbox: Sandbox): void {
  process.kill(sandbox.pid, 'SIGKILL');
  while (isRunning(sandbox)) pause(1);
}

/** A new id for a sandbox, 64 hex digits. */
export function newSandboxId(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Makes a sandbox and attaches it; this process is its owner. Whatever fails, nothing stays. Throws TSNET_EXISTS for a
 * name in use, TSNET_NOT_FOUND for a network or sandbox that is not there, and what `attach` throws.
 */
export function createSandbox(host: Host, id: string, spec: SandboxSpec): Sandbox {
  const { place } = spec;
  refuseConflicts(spec);
  const shared = place.kind === 'container' ? getSandbox(host, place.sandbox) : undefined;
  const networks = place.kind === 'network' ? getNetworks(host, place.networks) : undefined;
  const mode = networks?.map(({ name: network }) => network).join() ?? place.kind;
  const sandbox: Sandbox = {
    id,
    name: spec.name ?? id.slice(0, 12),
    mode: shared === undefined ? mode : `container:${shared.name}`,
    netns: netnsOf(host, id, place, shared),
    command: spec.command,
    pid: process.pid,
    pidStarted: processStart(process.pid) ?? '',
    created: new Date().toISOString(),
  };
  host.db.transaction(() => insertSandbox(host.db, sandbox));
  try {
    connect(host, sandbox, spec, shared);
  } catch (error) {
    removeSandbox(host, sandbox);
    throw error;
  }
  return sandbox;
}

function getNetworks(host: Host, names: readonly string[]): Network[] {
  const networks = names.map((name) => getNetwork(host, name));
  const twice = networks.find(({ id }, at) => networks.findIndex((one) => one.id === id) < at);
  if (twice !== undefined) throw new TsnetError('TSNET_CONFIG', `--network ${twice.name}: given twice`);
  return networks;
}

function refuseConflicts({ name, place, ip, ports, ingress, egress }: SandboxSpec): void {
  if (name !== undefined && !isName(name)) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `name "${name}": up to 63 letters, digits, "_", "." and "-", a letter or digit first`,
    );
  }
  if (place.kind === 'network') return;
  const mode = place.kind === 'container' ? 'container type' : place.kind;
  if (ports.length > 0) {
    throw new TsnetError('TSNET_CONFIG', `conflicting options: port publishing and the ${mode} network mode`);
  }
  if (ip !== undefined)
    throw new TsnetError('TSNET_CONFIG', `conflicting options: --ip and the ${mode} network mode`);
  if (ingress !== undefined || egress !== undefined)
    throw new TsnetError('TSNET_CONFIG', `conflicting options: bandwidth and the ${mode} network mode`);
}

function netnsOf(host: Host, id: string, place: Place, shared: Sandbox | undefined): string {
  if (place.kind === 'host') return OWN_NETNS;
  return shared?.netns ?? join(host.places.run, 'netns', id.slice(0, 12));
}

function connect(host: Host, sandbox: Sandbox, spec: SandboxSpec, shared: Sandbox | undefined): void {
  const { netns, id } = sandbox;
  const key = { container: id, ifname: freeIfname() };
  if (spec.place.kind === 'host') {
    attach(host, { mode: 'host', key: { ...key, network: 'tsnet:host' }, netns });
    return;
  }
  if (shared !== undefined) {
    // Of a sandbox in the host's network there is nothing to share but that network.
    if (netns !== OWN_NETNS) {
      attach(host, {
        mode: 'container',
        key: { ...key, network: 'tsnet:container' },
        netns,
        shares: shared.id,
      });
    }
    return;
  }
  using namespace = createPinned(netns);
  raiseLoopback(namespace);
  if (spec.place.kind === 'network')
    joinNetworks(host, sandbox, spec, getNetworks(host, spec.place.networks));
  else attach(host, { mode: 'none', key: { ...key, network: 'tsnet:none', ifname: 'lo' }, netns });
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

/** Takes a sandbox away with its endpoints; repeating it is no error. */
export function removeSandbox(host: Host, { id, netns }: Sandbox): void {
  // The newest first: a part goes before what it was added to.
  for (const endpoint of listEndpoints(host.db, 'container', id).reverse()) detach(host, endpoint);
  settleFilters(host);
  const isLast = host.db.transaction(() => {
    deleteSandbox(host.db, id);
    return !listSandboxes(host.db).some((one) => one.netns === netns);
  });
  // Who shares the namespace keeps its name; the last one takes it away.
  if (isLast && netns !== OWN_NETNS && existsSync(netns)) unpin(netns);
}

/** Takes away the sandboxes whose owner is gone, as after a kill -9 of it and of its guard. */
export function collectSandboxes(host: Host): void {
  for (const sandbox of listSandboxes(host.db)) {
    if (!isRunning(sandbox)) removeSandbox(host, sandbox);
  }
}
