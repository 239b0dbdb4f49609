// What `tsnet network ls` and `tsnet network filter ls` list.
import type { FilterView } from '../cnm/filter/define.ts';
import { readOptions } from '../cnm/network-options.ts';
import type { NetworkView } from './network-view.ts';
import { hasLabel, isWanted } from './output/listing.ts';
import type { Listing } from './output/listing.ts';
import { openMap } from './output/template/values.ts';

/** A network as a template sees it. */
export interface NetworkItem {
  readonly ID: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: 'local';
  readonly IPv6: boolean;
  readonly Internal: boolean;
  readonly CreatedAt: string;
  readonly Subnets: readonly string[];
  readonly Bridge: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Label: (name: string) => string;
}

/** A network of the list; its id whole, or the first 12 digits. */
export function networkItem({ id, name, driver, network }: NetworkView, isWhole: boolean): NetworkItem {
  const labels = openMap(network?.labels);
  return {
    ID: isWhole ? id : id.slice(0, 12),
    Name: name,
    Driver: driver,
    Scope: 'local',
    IPv6: network?.subnets.some(({ cidr }) => cidr.family === 6) ?? false,
    Internal: network !== undefined && readOptions(network.options).isInternal,
    CreatedAt: network?.created ?? '',
    Subnets: network?.subnets.map(({ cidr }) => cidr.toString()) ?? [],
    Bridge: network?.bridge ?? '',
    Labels: labels,
    Label: (wanted) => labels[wanted] ?? '',
  };
}

const predefined = ['bridge', 'host', 'none'];

/** The list of networks; `isUsed` tells whether sandboxes are on one. */
export function networkListing(isUsed: (name: string) => boolean): Listing<NetworkItem> {
  return {
    headings: {
      ID: 'NETWORK ID',
      Name: 'NAME',
      Driver: 'DRIVER',
      Scope: 'SCOPE',
      IPv6: 'IPV6',
      CreatedAt: 'CREATED AT',
    },
    standard: ['ID', 'Name', 'Driver', 'Scope'],
    brief: ({ ID }) => ID,
    filters: {
      id: ({ ID }, wanted) => wanted.startsWith(ID) || ID.startsWith(wanted),
      name: ({ Name }, wanted) => Name.includes(wanted),
      driver: ({ Driver }, wanted) => Driver === wanted,
      scope: ({ Scope }, wanted) => Scope === wanted,
      label: ({ Labels }, wanted) => hasLabel(Labels, wanted),
      type: ({ Name }, wanted) => (predefined.includes(Name) ? 'builtin' : 'custom') === wanted,
      dangling: ({ Name }, wanted) =>
        !predefined.includes(Name) && isUsed(Name) !== isWanted('dangling', wanted),
    },
  };
}

/** A filter between networks as a template sees it. */
export interface FilterItem {
  readonly Network: string;
  readonly Other: string;
  readonly Through: string;
  readonly State: 'there' | 'closed';
}

/** A filter of the list. */
export function filterItem({
  networks: [Network, Other],
  through: Through,
  isThere,
}: FilterView): FilterItem {
  return { Network, Other, Through, State: isThere ? 'there' : 'closed' };
}

/** The list of filters between networks. */
export const filterListing: Listing<FilterItem> = {
  headings: {},
  standard: ['Network', 'Other', 'Through', 'State'],
  brief: ({ Network, Other }) => `${Network} ${Other}`,
  filters: {
    network: ({ Network, Other }, wanted) => [Network, Other].includes(wanted),
    through: ({ Through }, wanted) => Through === wanted,
    status: ({ State }, wanted) => State === wanted,
  },
};
