// Changing a network while sandboxes are on it: the definition first, then what follows from it for those that are there.
import type { Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { log } from '../log/log.ts';
import { listFilters } from '../state/filter.ts';
import { holderOf } from '../state/lease.ts';
import { findNetwork, listNetworks, replaceNetwork } from '../state/network.ts';
import type { Network, Subnet } from '../state/network.ts';
import type { Database } from '../state/database.ts';
import { assertFilterable } from './filter/define.ts';
import { followNetwork } from './follow-network.ts';
import type { Host } from './host.ts';
import { getNetwork, membersOf } from './network.ts';
import { assertKnown, changedOptions, optionName, readOptions } from './network-options.ts';
import type { OptionKey } from './network-options.ts';
import { endpointNetwork, withNetworks } from './network-store.ts';
import { assertMtu, completeSubnets } from './network-subnets.ts';
import type { SubnetSpec } from './network-subnets.ts';

/** What a person wants to be otherwise about a network. */
export interface NetworkChange {
  /** To be added. */
  readonly subnets: readonly SubnetSpec[];
  /** To be added, in any subnet of the network. */
  readonly reserved: Readonly<Record<string, Ip>>;
  /** The names of what is to be given again. */
  readonly withoutReserved: readonly string[];
  /** To be added or to be otherwise. */
  readonly options: Readonly<Record<string, string>>;
  readonly withoutOptions: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly withoutLabels: readonly string[];
}

/** What came of a change: `later` are the options that those who are on the network already have as before. */
export interface Edited {
  readonly network: Network;
  readonly later: readonly string[];
}

/** What never changes, with what to do instead. */
const fixed: Partial<Record<OptionKey, string>> = {
  bridgeName: 'is the name of its bridge for good: make another network',
  isInternal: 'is decided for good: make another network',
};

/** What a sandbox has from its beginning to its end. */
const forNewcomers: readonly OptionKey[] = [
  'mtu',
  'ifnamePrefix',
  'hostBinding',
  'ingressRate',
  'egressRate',
];

/**
 * Changes a network, and what follows from it for the sandboxes on it: rules at once, subnets, labels and what is told as
 * `later` for who joins from now on. Whatever fails, all is as before. Throws TSNET_NOT_FOUND, TSNET_CONFIG, TSNET_EXISTS for
 * a subnet that is taken, TSNET_BUSY for what cannot change while somebody is on the network, TSNET_KERNEL.
 */
export function editNetwork(host: Host, nameOrId: string, change: NetworkChange): Edited {
  const { id } = getNetwork(host, nameOrId);
  const [before, after] = withNetworks(host, (db) =>
    db.transaction(() => {
      const found = findNetwork(db, id);
      if (found === undefined) throw new TsnetError('TSNET_NOT_FOUND', `network ${nameOrId} not found`);
      const changed = decide(host, db, found, change);
      replaceNetwork(db, changed);
      return [found, changed];
    }),
  );
  try {
    followNetwork(host, after);
  } catch (error) {
    goBack(host, before);
    throw error;
  }
  const later = changedOptions(before.options, after.options).filter((key) => forNewcomers.includes(key));
  const isAnybodyThere = membersOf(host, after).length > 0;
  return { network: after, later: isAnybodyThere ? later.map(optionName) : [] };
}

// The error that made us go back is the one to tell; the same edit, repeated, finishes what could not be undone.
function goBack(host: Host, before: Network): void {
  try {
    withNetworks(host, (db) => db.transaction(() => replaceNetwork(db, before)));
    followNetwork(host, before);
  } catch (error) {
    log('info', 'a network could not be made as before', () => ({ network: before.name, error }));
  }
}

function decide(host: Host, db: Database, before: Network, change: NetworkChange): Network {
  const after = {
    ...before,
    options: decideOptions(host, before, change),
    labels: without({ ...before.labels, ...change.labels }, '--label-rm', change.withoutLabels),
    subnets: decideSubnets(host, before, change),
  };
  assertMtu(readOptions(after.options), after.subnets);
  const names = listFilters(db)
    .map(({ networks }) => networks.map(({ name }) => name))
    .filter((pair) => pair.includes(before.name));
  for (const other of listNetworks(db).filter(({ name }) => name !== before.name))
    if (names.some((pair) => pair.includes(other.name))) assertFilterable([after, other]);
  return after;
}

function without(
  record: Readonly<Record<string, string>>,
  word: string,
  names: readonly string[],
): Record<string, string> {
  const lost = names.find((name) => !Object.hasOwn(record, name));
  if (lost !== undefined)
    throw new TsnetError('TSNET_CONFIG', `${word} ${lost}: the network has none of that name`);
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

function decideOptions(host: Host, before: Network, change: NetworkChange): Record<string, string> {
  for (const name of change.withoutOptions) assertKnown(name);
  const both = change.withoutOptions.find((name) => Object.hasOwn(change.options, name));
  if (both !== undefined)
    throw new TsnetError('TSNET_CONFIG', `option ${both}: contradicts --opt-rm ${both}`);
  const after = without({ ...before.options, ...change.options }, '--opt-rm', change.withoutOptions);
  const [was, is] = [readOptions(before.options), readOptions(after)];
  for (const key of changedOptions(before.options, after)) {
    const reason = fixed[key];
    if (reason !== undefined)
      throw new TsnetError('TSNET_CONFIG', `option ${optionName(key)} of network ${before.name}: ${reason}`);
  }
  const hasGateway = [was, is].map(({ isInhibited, gatewayMode }) =>
    [isInhibited, gatewayMode[4] === 'isolated', gatewayMode[6] === 'isolated'].join(),
  );
  if (hasGateway[0] !== hasGateway[1] && membersOf(host, before).length > 0)
    throw new TsnetError(
      'TSNET_BUSY',
      `network ${before.name}: whether its bridge has an address cannot change while sandboxes are on it: end them first`,
    );
  return after;
}

function decideSubnets(host: Host, network: Network, change: NetworkChange): Subnet[] {
  const all: SubnetSpec[] = [...withoutReserved(network, change.withoutReserved), ...change.subnets];
  for (const [name, ip] of Object.entries(change.reserved)) {
    const why = whyNotReserved(host, network, all, name, ip);
    if (why !== undefined)
      throw new TsnetError('TSNET_CONFIG', `--aux-address ${name}=${ip.toString()}: ${why}`);
  }
  const withReserved = all.map((subnet) => {
    const own = Object.entries(change.reserved).filter(([, ip]) => subnet.cidr.contains(ip));
    return { ...subnet, reserved: { ...subnet.reserved, ...Object.fromEntries(own) } };
  });
  return completeSubnets(withReserved);
}

function withoutReserved({ subnets, name }: Network, names: readonly string[]): Subnet[] {
  const lost = names.find((one) => !subnets.some(({ reserved }) => Object.hasOwn(reserved, one)));
  if (lost !== undefined)
    throw new TsnetError(
      'TSNET_CONFIG',
      `--aux-rm ${lost}: network ${name} has no reserved address of that name`,
    );
  return subnets.map((subnet) => {
    const staying = Object.entries(subnet.reserved).filter(([one]) => !names.includes(one));
    return { ...subnet, reserved: Object.fromEntries(staying) };
  });
}

function whyNotReserved(
  host: Host,
  network: Network,
  subnets: readonly SubnetSpec[],
  name: string,
  ip: Ip,
): string | undefined {
  if (!subnets.some(({ cidr }) => cidr.contains(ip))) return `is in no subnet of network ${network.name}`;
  if (subnets.some(({ reserved = {} }) => Object.hasOwn(reserved, name)))
    return `network ${network.name} has a reserved address of that name (--aux-rm ${name} takes it away)`;
  return holderOf(host.db, endpointNetwork(network), ip) === undefined
    ? undefined
    : `a sandbox on network ${network.name} has that address (tsnet ps)`;
}
