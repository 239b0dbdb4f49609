// Networks: a name, subnets, a bridge and options, that sandboxes are attached to.
import { digestOf } from '../address/index.ts';
import { didYouMean } from '../errors/nearest.ts';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { findLink } from '../netlink/route/link.ts';
import { readSysctl } from '../netns/sysctl.ts';
import { HERE } from '../native/index.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { deleteNetwork, findNetwork, insertNetwork, listNetworks, subnetTaken } from '../state/network.ts';
import type { Network } from '../state/network.ts';
import { getSandboxById } from '../state/sandbox.ts';
import { settleFilters } from './filter/settle.ts';
import { adoptFilters } from './filter/promise.ts';
import type { Host } from './host.ts';
import { optionName, readOptions } from './network-options.ts';
import { isName } from './names.ts';
import { endpointNetwork, withNetworks } from './network-store.ts';
import { assertMtu, decideSubnets } from './network-subnets.ts';
import { randomId } from './random-id.ts';
import type { SubnetSpec } from './network-subnets.ts';

/** The network that is there without being asked for, and its bridge. */
const DEFAULT_NETWORK = 'bridge';
const DEFAULT_BRIDGE = 'tsnet0';

/** Names that stand for modes and predefined networks. */
const RESERVED: readonly string[] = ['bridge', 'none', 'host', 'container', 'default'];

/** A network as a person asks for it; without subnets it gets automatic ones, IPv6 only if `hasIpv6`. */
export interface NetworkSpec {
  readonly name: string;
  readonly subnets: readonly SubnetSpec[];
  readonly hasIpv6: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Defines a network. Throws TSNET_CONFIG, TSNET_EXISTS or TSNET_EXHAUSTED. */
export function createNetwork(host: Host, spec: NetworkSpec): Network {
  assertName(spec.name);
  return define(host, spec, ...identityOf(spec));
}

/** The network that `createNetwork` would define beside these others; it is not kept. Throws what that throws. */
export function draftNetwork(host: Host, spec: NetworkSpec, others: readonly Network[]): Network {
  assertName(spec.name);
  const draft = complete(host, spec, ...identityOf(spec), others);
  for (const { cidr } of draft.subnets)
    if (others.some(({ subnets }) => subnets.some((one) => one.cidr.overlaps(cidr)))) throw subnetTaken(cidr);
  return draft;
}

function assertName(name: string): void {
  if (!isName(name)) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `network name "${name}": up to 63 letters, digits, "_", "." and "-", a letter or digit first`,
    );
  }
  if (RESERVED.includes(name)) {
    throw new TsnetError('TSNET_EXISTS', `operation is not permitted on predefined ${name} network`);
  }
}

/** An id, and the name of the bridge. */
function identityOf({ options }: NetworkSpec): [string, string] {
  const { bridgeName } = readOptions(options);
  const id = randomId();
  return [id, bridgeName ?? `br-${id.slice(0, 12)}`];
}

function define(host: Host, spec: NetworkSpec, id: string, bridge: string): Network {
  return withNetworks(host, (db) =>
    db.transaction(() => {
      const network = complete(host, spec, id, bridge, listNetworks(db));
      insertNetwork(db, network);
      return network;
    }),
  );
}

function complete(
  host: Host,
  spec: NetworkSpec,
  id: string,
  bridge: string,
  others: readonly Network[],
): Network {
  const { name, options, labels } = spec;
  const taken = others.flatMap(({ subnets }) => subnets.map(({ cidr }) => cidr));
  const subnets = decideSubnets(host, spec, taken);
  assertMtu(readOptions(options), subnets);
  assertBridgeable(host, bridge);
  return { id, name, bridge, options, labels, subnets, created: new Date().toISOString() };
}

// What is there under another kind would be found out by the first who joins.
function assertBridgeable({ route }: Host, ifname: string): void {
  const link = findLink(route, { ifname });
  if (link === undefined || link.attributes.info?.kind === 'bridge') return;
  throw new TsnetError(
    'TSNET_CONFIG',
    `option ${optionName('bridgeName')} "${ifname}": there is an interface of that name, which is no bridge`,
  );
}

/** The error for a network that is not among those of these names. */
export function noSuchNetwork(nameOrId: string, names: readonly string[]): TsnetError {
  const meant = didYouMean(nameOrId, names);
  return new TsnetError('TSNET_NOT_FOUND', `network ${nameOrId} not found${meant} (tsnet network ls)`);
}

/** The network of that name or id; the default one is defined when it is first asked for. Throws TSNET_NOT_FOUND. */
export function getNetwork(host: Host, nameOrId: string): Network {
  const found = withNetworks(host, (db) => findNetwork(db, nameOrId));
  if (found !== undefined) return found;
  if (nameOrId !== DEFAULT_NETWORK)
    throw noSuchNetwork(
      nameOrId,
      withNetworks(host, listNetworks).map(({ name }) => name),
    );
  return defineDefault(host);
}

function defineDefault(host: Host): Network {
  const hasIpv6 = readSysctl(HERE, ['ipv6', 'conf', 'all', 'disable_ipv6']) === '0';
  const spec = { name: DEFAULT_NETWORK, subnets: [], hasIpv6, options: {}, labels: {} };
  const id = digestOf(DEFAULT_NETWORK);
  try {
    return define(host, spec, id, DEFAULT_BRIDGE);
  } catch (error) {
    // Another process was faster.
    const found = withNetworks(host, (db) => findNetwork(db, DEFAULT_NETWORK));
    if (found === undefined) throw error;
    return found;
  }
}

/** All networks that are defined, the default one among them. */
export function allNetworks(host: Host): Network[] {
  getNetwork(host, DEFAULT_NETWORK);
  return withNetworks(host, listNetworks);
}

/** The endpoints on a network. */
export function membersOf(host: Host, network: Network): Endpoint[] {
  return listEndpoints(host.db, 'network', endpointNetwork(network)).filter((endpoint) => !isPart(endpoint));
}

/** Forgets the networks that nobody is on and that `isMeant` is true of, the default one never; tells which. */
export function pruneNetworks(host: Host, isMeant: (network: Network) => boolean): Network[] {
  const unused = allNetworks(host).filter(
    (network) =>
      network.name !== DEFAULT_NETWORK && isMeant(network) && membersOf(host, network).length === 0,
  );
  return unused.flatMap((network) => {
    try {
      return [removeNetwork(host, network.id)];
    } catch (error) {
      // Somebody has joined it meanwhile, or was faster.
      if (isTsnetError(error, 'TSNET_BUSY') || isTsnetError(error, 'TSNET_NOT_FOUND')) return [];
      throw error;
    }
  });
}

/** Forgets a network and its filters. Throws TSNET_NOT_FOUND, or TSNET_BUSY while endpoints are on it. */
export function removeNetwork(host: Host, nameOrId: string): Network {
  if (RESERVED.includes(nameOrId)) {
    throw new TsnetError('TSNET_CONFIG', `${nameOrId} is a pre-defined network and cannot be removed`);
  }
  const network = getNetwork(host, nameOrId);
  const users = membersOf(host, network).map(
    ({ container }) => getSandboxById(host.db, container)?.name ?? container.slice(0, 12),
  );
  if (users.length > 0) {
    throw new TsnetError(
      'TSNET_BUSY',
      `network ${network.name} has active endpoints (${users.join(', ')}): end them first`,
    );
  }
  withNetworks(host, (db) => db.transaction(() => deleteNetwork(db, network.id)));
  adoptFilters(host);
  settleFilters(host);
  return network;
}
