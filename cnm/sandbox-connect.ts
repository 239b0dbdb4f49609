// Networks that a sandbox joins and leaves while it is there.
import { join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import type { Network } from '../state/network.ts';
import { getSandboxById } from '../state/sandbox.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { withLock } from '../state/lock.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';
import { endpointNetwork } from './network-store.ts';
import { settleHosts } from './sandbox-files.ts';
import { settleWayOut } from './sandbox-gateway.ts';
import { joinNetwork, leaveNetwork } from './sandbox-networks.ts';
import type { Joining } from './sandbox-request.ts';

const HOST = 'container cannot be disconnected from host network or connected to host network';
const SHARED =
  'container sharing network namespace with another container or host cannot be connected to any other network';
const NONE =
  'container cannot be connected to multiple networks with one of the networks in private (none) mode';

function refuse(message: string): never {
  throw new TsnetError('TSNET_CONFIG', message);
}

/** Throws TSNET_CONFIG when networks of that name, or sandboxes in that mode, are none to join or leave. */
export function assertConnectable({ mode }: Pick<Sandbox, 'mode'>, network: string): void {
  if (mode === 'host' || network === 'host') refuse(HOST);
  if (mode.startsWith('container:')) refuse(SHARED);
  if (mode === 'none' || network === 'none') refuse(NONE);
}

function interfaceOn(host: Host, { id }: Sandbox, network: Network): Endpoint | undefined {
  return listEndpoints(host.db, 'container', id).find(
    (endpoint) => endpoint.network === endpointNetwork(network) && !isPart(endpoint),
  );
}

/**
 * Connects a sandbox to one more network, which becomes its way out if it comes before the others. Whatever fails, nothing
 * stays. Throws TSNET_EXISTS when it is there already, and what `attach` throws.
 */
export function connectSandbox(host: Host, sandbox: Sandbox, joining: Joining): void {
  assertConnectable(sandbox, joining.network.name);
  withLock(connectLock(host), 'exclusive', () => {
    connect(host, sandbox, joining);
  });
}

/** One at a time: what is half done is nobody's who is still at it. */
export function connectLock({ places }: Host): string {
  return join(places.run, 'connect.lock');
}

function connect(host: Host, sandbox: Sandbox, joining: Joining): void {
  const { network } = joining;
  const before = interfaceOn(host, sandbox, network);
  // Who makes a sandbox is not in this queue: what it begins with is left to him.
  if (before?.state === 'adding' && !sandbox.mode.split(',').includes(network.name)) {
    leaveNetwork(host, sandbox, before.ifname);
  } else if (before !== undefined) {
    throw new TsnetError(
      'TSNET_EXISTS',
      `endpoint with name ${sandbox.name} already exists in network ${network.name}`,
    );
  }
  const ifname = joinNetwork(host, sandbox, joining);
  try {
    settle(host, sandbox, network);
  } catch (error) {
    leaveNetwork(host, sandbox, ifname);
    settle(host, sandbox, network);
    throw error;
  }
}

/**
 * Takes a sandbox off a network; the next one is its way out then. Throws TSNET_NOT_FOUND when it is not on it, and TSNET_BUSY
 * while others share its network.
 */
export function disconnectSandbox(host: Host, sandbox: Sandbox, network: Network): void {
  assertConnectable(sandbox, network.name);
  const endpoint = interfaceOn(host, sandbox, network);
  if (endpoint === undefined) {
    throw new TsnetError(
      'TSNET_NOT_FOUND',
      `container ${sandbox.name} is not connected to network ${network.name}`,
    );
  }
  const [sharer] = listEndpoints(host.db, 'shares', sandbox.id);
  if (sharer !== undefined) {
    const { name = sharer.container } = getSandboxById(host.db, sharer.container) ?? {};
    throw new TsnetError('TSNET_BUSY', `sandbox ${name} shares the network of ${sandbox.name}: end it first`);
  }
  withLock(connectLock(host), 'exclusive', () => {
    leaveNetwork(host, sandbox, endpoint.ifname);
    settle(host, sandbox, network);
  });
}

function settle(host: Host, sandbox: Sandbox, network: Network): void {
  settleWayOut(host, sandbox);
  settleFilters(host);
  settleHosts(host, [endpointNetwork(network)], sandbox);
}
