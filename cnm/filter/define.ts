// Defining filters and taking them away.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { deleteFilter, insertFilter, listFilters, listPromised } from '../../state/filter.ts';
import type { Network } from '../../state/network.ts';
import type { Host } from '../host.ts';
import { isName } from '../names.ts';
import { getNetwork } from '../network.ts';
import { readOptions } from '../network-options.ts';
import { withNetworks } from '../network-store.ts';
import { filterEnds } from './members.ts';
import { adoptFilters } from './promise.ts';
import { settleFilters } from './settle.ts';

/** A filter as a person asks for it: names or ids of networks, the name of a sandbox, which need not be there yet. */
export interface FilterSpec {
  readonly networks: readonly [string, string];
  readonly through: string;
}

/** A filter as a person is told of it. */
export interface FilterView {
  readonly networks: readonly [string, string];
  readonly through: string;
  /** The sandbox is there, on both networks: until then nothing passes. */
  readonly isThere: boolean;
}

/**
 * Makes two networks call each other through a sandbox alone, from now on, and whether the sandbox is there or not. Throws
 * TSNET_NOT_FOUND, TSNET_EXISTS, and TSNET_CONFIG for what contradicts itself.
 */
export function createFilter(host: Host, { networks: names, through }: FilterSpec): void {
  if (!isName(through))
    throw new TsnetError('TSNET_CONFIG', `--through "${through}": must be the name of a sandbox`);
  const networks = names.map((name) => getNetwork(host, name)) as [Network, Network];
  assertFilterable(networks);
  withNetworks(host, (db) =>
    db.transaction(() => {
      insertFilter(db, ...networks, through);
    }),
  );
  try {
    settle(host);
  } catch (error) {
    withNetworks(host, (db) => db.transaction(() => deleteFilter(db, ...networks)));
    settle(host);
    throw error;
  }
}

function settle(host: Host): void {
  adoptFilters(host);
  settleFilters(host);
}

/** Throws TSNET_CONFIG for networks that can have no filter between them. */
export function assertFilterable([one, other]: readonly [Network, Network]): void {
  if (one.id === other.id)
    throw new TsnetError('TSNET_CONFIG', `network ${one.name}: a filter is between two networks`);
  for (const { name, options } of [one, other]) {
    const { isInternal, hasIcc } = readOptions(options);
    if (isInternal)
      throw new TsnetError('TSNET_CONFIG', `network ${name}: is internal, which contradicts calling another`);
    // The filter is a member as any other.
    if (!hasIcc)
      throw new TsnetError(
        'TSNET_CONFIG',
        `network ${name}: its members may not call each other (enable_icc), so none may call the filter`,
      );
  }
  const isShared = one.subnets.some(({ cidr }) =>
    other.subnets.some((its) => its.cidr.family === cidr.family),
  );
  if (!isShared)
    throw new TsnetError(
      'TSNET_CONFIG',
      `networks ${one.name} and ${other.name}: no family of addresses in common, nothing could pass`,
    );
}

/** Takes the filter between two networks away: they are to each other what they were before. Throws TSNET_NOT_FOUND. */
export function removeFilter(host: Host, names: readonly [string, string]): void {
  const networks = names.map((name) => getNetwork(host, name)) as [Network, Network];
  const isGone = withNetworks(host, (db) => db.transaction(() => deleteFilter(db, ...networks)));
  if (!isGone)
    throw new TsnetError(
      'TSNET_NOT_FOUND',
      `networks ${names.join(' and ')}: no filter between them (tsnet network filter ls)`,
    );
  settle(host);
}

/** All filters that are defined. */
export function allFilters(host: Host): FilterView[] {
  const promised = listPromised(host.db);
  return withNetworks(host, listFilters).map(({ id, through, networks: [one, other] }) => {
    const filter = promised.find((each) => each.id === id);
    const isThere = filter !== undefined && filterEnds(host.db, filter) !== undefined;
    return { networks: [one.name, other.name], through, isThere };
  });
}
