// A sandbox's places on networks: the first is its way out.
import type { Ip } from '../address/index.ts';
import type { Network } from '../state/network.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { attach } from './attach.ts';
import { adoptFilters } from './filter/promise.ts';
import { settleFilters } from './filter/settle.ts';
import { followIfEdited } from './follow-network.ts';
import type { Host } from './host.ts';
import { readOptions } from './network-options.ts';
import type { NetworkOptions } from './network-options.ts';
import { endpointNetwork } from './network-store.ts';
import { networkParts, poolsOf } from './network-request.ts';
import { partOf } from './request.ts';
import type { BridgeRequest, PortRequest, RateLimit } from './request.ts';

/** What a sandbox is to have on its networks. Limits, in place of those of a network, are for each of them. */
export interface JoinSpec {
  /** The address to ask for on the first. */
  readonly ip?: Ip | undefined;
  /** Led to by the first. */
  readonly ports: readonly PortRequest[];
  readonly ingress?: RateLimit | undefined;
  readonly egress?: RateLimit | undefined;
}

/** The name of a sandbox's next interface: of those with that prefix the one with the lowest number that is free. */
export function freeIfname(prefix = 'eth', taken: ReadonlySet<string> = new Set()): string {
  for (let number = 0; ; number++) if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`;
}

/** Attaches a sandbox to networks, and to the filters that it is one of. Throws what `attach` throws. */
export function joinNetworks(
  host: Host,
  sandbox: Sandbox,
  spec: JoinSpec,
  networks: readonly Network[],
): void {
  adoptFilters(host);
  const { ip, ports } = spec;
  const taken = new Set<string>();
  for (const [at, network] of networks.entries()) {
    const ifname = freeIfname(readOptions(network.options).ifnamePrefix, taken);
    taken.add(ifname);
    const own = at === 0 ? { ip, ports, hasWayOut: true } : { ip: undefined, ports: [], hasWayOut: false };
    joinNetwork(host, sandbox, spec, network, { ifname, ...own });
  }
  settleFilters(host);
}

/** What a sandbox has on one of its networks. */
interface Joining {
  readonly ifname: string;
  readonly ip: Ip | undefined;
  readonly ports: readonly PortRequest[];
  readonly hasWayOut: boolean;
}

function joinNetwork(host: Host, sandbox: Sandbox, spec: JoinSpec, network: Network, joining: Joining): void {
  const options = readOptions(network.options);
  const request = bridgeRequest(sandbox, joining, network, options);
  attach(host, request);
  followIfEdited(host, network);
  const { ingress = options.ingress, egress = options.egress } = spec;
  if (ingress === undefined && egress === undefined) return;
  const { netns } = sandbox;
  const key = partOf(request.key, 'bandwidth');
  attach(host, { mode: 'bandwidth', key, netns, hostInterfaces: [], ingress, egress });
}

function bridgeRequest(
  { id, netns }: Sandbox,
  { ifname, ip, ports, hasWayOut }: Joining,
  network: Network,
  options: NetworkOptions,
): BridgeRequest {
  const { hostBinding } = options;
  return {
    mode: 'bridge',
    key: { network: endpointNetwork(network), container: id, ifname },
    netns,
    ...networkParts(network, options, hasWayOut),
    addressing: { ...poolsOf(network), requested: ip === undefined ? [] : [ip] },
    routes: [],
    ports: ports.map((port) => ({ ...port, hostIp: port.hostIp ?? hostBinding })),
  };
}
