// Which networks there are: those that a person defined, those that endpoints are on, and bridges of others.
import { readOptions } from '../network-options.ts';
import { endpointNetwork } from '../network-store.ts';
import { hostLinkName } from '../interface/names.ts';
import type { Network } from '../../state/network.ts';
import type { SketchedDevice } from './devices.ts';
import type { KnownEndpoint } from './endpoints.ts';
import type { SketchedEndpoint, SketchedNetwork, Way } from './model.ts';

/** Whoever is in a bridge by a port that tsnet knows nothing of goes by the name of that port. */
export function strangerId(port: string): string {
  return `port:${port}`;
}

/** Modes of endpoints that are on no network of their own. */
const placeless = ['host', 'none', 'container'];

/** Tells whether an endpoint is on a network, not in the host's, in none or in another's sandbox. */
export function isOnNetwork({ endpoint }: KnownEndpoint): boolean {
  return !placeless.includes(endpoint.mode);
}

function isHardware({ kind, name }: SketchedDevice, devices: readonly SketchedDevice[]): boolean {
  return (
    kind === undefined ||
    ['bond', 'vlan'].includes(kind) ||
    devices.some((one) => one.name === name && one.isWayOut)
  );
}

/** Ports of a bridge that are not tsnet's: those of others' sandboxes, and those that lead outside. */
function foreignPorts(
  bridge: string | undefined,
  devices: readonly SketchedDevice[],
  known: readonly KnownEndpoint[],
): { endpoints: SketchedEndpoint[]; uplinks: string[] } {
  const own = new Set(known.map(({ endpoint }) => hostLinkName(endpoint.id)));
  const ports = devices.filter(
    ({ name, master }) => bridge !== undefined && master === bridge && !own.has(name),
  );
  const [uplinks, others] = [
    ports.filter((port) => isHardware(port, devices)),
    ports.filter((port) => !isHardware(port, devices)),
  ];
  return {
    uplinks: uplinks.map(({ name }) => name),
    endpoints: others.map(({ name, isUp }) => {
      return { sandbox: strangerId(name), ifname: name, addresses: [], ports: [], isReady: isUp };
    }),
  };
}

function wayOf(kind: string, members: readonly KnownEndpoint[]): Way {
  const all = members.map(({ endpoint }) => endpoint);
  if (all.some(({ walls }) => walls.includes('outside')) || ['dummy', 'tap'].includes(kind)) return 'none';
  if (all.some(({ isMasqueraded }) => isMasqueraded)) return 'masqueraded';
  return kind === 'another plugin' ? 'unknown' : 'routed';
}

/** What all networks are concluded from. */
export interface Found {
  readonly defined: readonly Network[];
  readonly known: readonly KnownEndpoint[];
  readonly devices: readonly SketchedDevice[];
}

function definedNetwork(network: Network, { known, devices }: Found): SketchedNetwork {
  const { name, bridge, options, subnets } = network;
  const members = known.filter(({ endpoint }) => endpoint.network === endpointNetwork(network));
  const { isInternal, isMasqueraded } = readOptions(options);
  const foreign = foreignPorts(bridge, devices, known);
  return {
    ...{ name, origin: 'tsnet', kind: 'bridge', device: bridge },
    addresses: devices.find((one) => one.name === bridge)?.addresses ?? [],
    subnets: subnets.map(({ cidr }) => cidr.toString()),
    way: isInternal ? 'none' : isMasqueraded ? 'masqueraded' : 'routed',
    uplinks: foreign.uplinks,
    endpoints: [...members.map(({ sketch }) => sketch), ...foreign.endpoints],
  };
}

function cniNetwork(
  name: string,
  members: readonly KnownEndpoint[],
  { known, devices }: Found,
): SketchedNetwork {
  const [first] = members;
  const kind = first?.kind ?? 'bridge';
  const device = members.find((one) => one.device !== undefined)?.device;
  const found = devices.find((one) => one.name === device);
  const foreign = kind === 'bridge' ? foreignPorts(device, devices, known) : { endpoints: [], uplinks: [] };
  const isLowerOnly = ['macvlan', 'ipvlan', 'vlan'].includes(kind);
  return {
    ...{ name, origin: 'cni', kind, device },
    addresses: isLowerOnly ? [] : (found?.addresses ?? []),
    subnets: isLowerOnly ? [] : (found?.subnets ?? []),
    way: wayOf(kind, members),
    uplinks: foreign.uplinks,
    endpoints: [...members.map(({ sketch }) => sketch), ...foreign.endpoints],
  };
}

function foreignBridge(bridge: SketchedDevice, { known, devices }: Found): SketchedNetwork {
  const { uplinks, endpoints } = foreignPorts(bridge.name, devices, known);
  return {
    ...{ name: bridge.name, origin: 'other', kind: 'bridge', device: bridge.name },
    ...{ addresses: bridge.addresses, subnets: bridge.subnets },
    way: uplinks.length > 0 ? 'routed' : 'unknown',
    ...{ uplinks, endpoints },
  };
}

/** All networks: a person's first, then those of CNI, then others. */
export function networksOf(found: Found): SketchedNetwork[] {
  const { defined, known, devices } = found;
  const own = defined.map((network) => definedNetwork(network, found));
  const names = new Set(defined.map(endpointNetwork));
  const others = known.filter((one) => isOnNetwork(one) && !names.has(one.endpoint.network));
  const cni = [...new Set(others.map(({ endpoint }) => endpoint.network))].map((name) =>
    cniNetwork(
      name,
      others.filter(({ endpoint }) => endpoint.network === name),
      found,
    ),
  );
  const drawn = new Set([...own, ...cni].map(({ device }) => device));
  const bridges = devices.filter(({ name, kind }) => kind === 'bridge' && !drawn.has(name));
  return [...own, ...cni, ...bridges.map((bridge) => foreignBridge(bridge, found))];
}
