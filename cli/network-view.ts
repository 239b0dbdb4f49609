// Networks as `docker network inspect` shows them, the two predefined ones without a bridge among them.
import { digestOf } from '../address/index.ts';
import { allFilters } from '../cnm/filter/define.ts';
import type { Host } from '../cnm/host.ts';
import { noSuchNetwork } from '../cnm/network.ts';
import { endpointNetwork } from '../cnm/network-store.ts';
import { optionsInForce, readOptions } from '../cnm/network-options.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import { leasesOf } from '../state/lease.ts';
import type { Network } from '../state/network.ts';
import { listSandboxes } from '../state/sandbox.ts';
import { openMap } from './output/template/values.ts';

/** A network in a list; `network` is absent for `host` and `none`, which have nothing to define. */
export interface NetworkView {
  readonly id: string;
  readonly name: string;
  readonly driver: 'bridge' | 'host' | 'null';
  readonly network: Network | undefined;
}

/** The networks that are defined, and the two that always are. */
export function networkViews(networks: readonly Network[]): NetworkView[] {
  const fixed = (name: string, driver: 'host' | 'null'): NetworkView => {
    return { id: digestOf(name), name, driver, network: undefined };
  };
  const defined = networks.map((network): NetworkView => {
    return { id: network.id, name: network.name, driver: 'bridge', network };
  });
  return [...defined, fixed('host', 'host'), fixed('none', 'null')].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** The network of that name, or whose id begins so. Throws TSNET_NOT_FOUND. */
export function findNetworkView(views: readonly NetworkView[], nameOrId: string): NetworkView {
  const isId = /^[0-9a-f]{4,64}$/.test(nameOrId);
  const found =
    views.find(({ name }) => name === nameOrId) ?? views.find(({ id }) => isId && id.startsWith(nameOrId));
  if (found === undefined)
    throw noSuchNetwork(
      nameOrId,
      views.map(({ name }) => name),
    );
  return found;
}

function membersOf({ db }: Host, network: Network): Record<string, object> {
  const names = new Map(listSandboxes(db).map(({ id, name }) => [id, name]));
  return Object.fromEntries(
    listEndpoints(db, 'network', endpointNetwork(network))
      .filter((endpoint) => !isPart(endpoint))
      .map((endpoint) => {
        const leases = leasesOf(db, endpoint.id);
        const addressOf = (family: number): string =>
          leases.find(({ address }) => address.family === family)?.address.toString() ?? '';
        const member = {
          Name: names.get(endpoint.container) ?? '',
          EndpointID: endpoint.id,
          MacAddress: endpoint.mac?.toString() ?? '',
          IPv4Address: addressOf(4),
          IPv6Address: addressOf(6),
        };
        return [endpoint.container, member];
      }),
  );
}

// Docker has none: they are told of where there are some.
function filtersOf(host: Host, name: string): { Filters?: object[] } {
  const filters = allFilters(host)
    .filter(({ networks }) => networks.includes(name))
    .map(({ networks, through, isThere }) => ({
      Network: networks.find((one) => one !== name),
      Through: through,
      IsThere: isThere,
    }));
  return filters.length === 0 ? {} : { Filters: filters };
}

/** A network in the shape of `docker network inspect`. */
export function networkJson(host: Host, { id, name, driver, network }: NetworkView): object {
  const subnets = network?.subnets ?? [];
  return {
    Name: name,
    Id: id,
    Created: network?.created ?? '',
    Scope: 'local',
    Driver: driver,
    EnableIPv4: subnets.some(({ cidr }) => cidr.family === 4),
    EnableIPv6: subnets.some(({ cidr }) => cidr.family === 6),
    IPAM: {
      Driver: 'default',
      Options: {},
      Config: subnets.map(({ cidr, range, gateway, reserved }) => ({
        Subnet: cidr.toString(),
        IPRange: range?.toString(),
        Gateway: gateway.toString(),
        ...(Object.keys(reserved).length === 0 ? {} : { AuxiliaryAddresses: reserved }),
      })),
    },
    Internal: network !== undefined && readOptions(network.options).isInternal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: openMap(network && membersOf(host, network)),
    Options: openMap(network && optionsInForce(network.bridge, network.options)),
    Labels: openMap(network?.labels),
    ...filtersOf(host, name),
  };
}
