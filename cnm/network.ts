// Networks: a name, subnets, a bridge and options, that sandboxes are attached to.
import { createHash, randomBytes } from 'node:crypto';
import type { Cidr, Family, Ip } from '../address/index.ts';
import { didYouMean } from '../errors/nearest.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { readSysctl } from '../netns/sysctl.ts';
import { HERE } from '../native/index.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import { deleteNetwork, findNetwork, insertNetwork, listNetworks } from '../state/network.ts';
import type { Network, Subnet } from '../state/network.ts';
import { settleFilters } from './filter/settle.ts';
import { adoptFilters } from './filter/promise.ts';
import type { Host } from './host.ts';
import { readOptions } from './network-options.ts';
import { isName } from './names.ts';
import { endpointNetwork, withNetworks } from './network-store.ts';
import { chooseSubnet } from './subnet-choice.ts';

/** The network that is there without being asked for, and its bridge. */
const DEFAULT_NETWORK = 'bridge';
const DEFAULT_BRIDGE = 'tsnet0';

/** Names that stand for modes and predefined networks. */
const RESERVED = ['bridge', 'none', 'host', 'container', 'default'];

/** A subnet as a person asks for it. */
export interface SubnetSpec {
  readonly cidr: Cidr;
  readonly gateway?: Ip | undefined;
  readonly range?: Cidr | undefined;
}

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
  if (!isName(spec.name)) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `network name "${spec.name}": up to 63 letters, digits, "_", "." and "-", a letter or digit first`,
    );
  }
  if (RESERVED.includes(spec.name)) {
    throw new TsnetError('TSNET_EXISTS', `operation is not permitted on predefined ${spec.name} network`);
  }
  const { bridgeName } = readOptions(spec.options);
  const id = randomBytes(32).toString('hex');
  return define(host, spec, id, bridgeName ?? `br-${id.slice(0, 12)}`);
}

function define(host: Host, spec: NetworkSpec, id: string, bridge: string): Network {
  const { name, options, labels } = spec;
  return withNetworks(host, (db) =>
    db.transaction(() => {
      const taken = listNetworks(db).flatMap(({ subnets }) => subnets.map(({ cidr }) => cidr));
      const subnets = decideSubnets(host, spec, taken);
      const network = { id, name, bridge, options, labels, subnets, created: new Date().toISOString() };
      insertNetwork(db, network);
      return network;
    }),
  );
}

function decideSubnets(host: Host, { subnets, hasIpv6 }: NetworkSpec, taken: readonly Cidr[]): Subnet[] {
  const wanted: SubnetSpec[] = [...subnets];
  const has = (family: Family): boolean => wanted.some(({ cidr }) => cidr.family === family);
  if (!has(4)) wanted.push({ cidr: chooseSubnet(host, 4, taken) });
  if (hasIpv6 && !has(6)) wanted.push({ cidr: chooseSubnet(host, 6, taken) });
  return wanted.map(decideSubnet);
}

function decideSubnet({ cidr, gateway, range }: SubnetSpec): Subnet {
  if (cidr.size < 4n)
    throw new TsnetError('TSNET_CONFIG', `subnet ${cidr.toString()} is too small to allocate from`);
  if (gateway !== undefined && !cidr.contains(gateway)) {
    throw new TsnetError('TSNET_CONFIG', `gateway ${gateway.toString()} is not in subnet ${cidr.toString()}`);
  }
  if (range !== undefined && !cidr.containsCidr(range)) {
    throw new TsnetError('TSNET_CONFIG', `ip-range ${range.toString()} is not in subnet ${cidr.toString()}`);
  }
  return { cidr, gateway: gateway ?? cidr.first.plus(1n), range };
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
  const id = createHash('sha256').update(DEFAULT_NETWORK).digest('hex');
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

/** Forgets a network and its filters. Throws TSNET_NOT_FOUND, or TSNET_BUSY while endpoints are on it. */
export function removeNetwork(host: Host, nameOrId: string): Network {
  if (RESERVED.includes(nameOrId)) {
    throw new TsnetError('TSNET_CONFIG', `${nameOrId} is a pre-defined network and cannot be removed`);
  }
  const network = getNetwork(host, nameOrId);
  const users = listEndpoints(host.db, 'network', endpointNetwork(network))
    .filter((endpoint) => !isPart(endpoint))
    .map(({ container }) => container.slice(0, 12));
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
