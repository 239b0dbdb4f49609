// A sandbox's places on networks: taken when it is made, or later.
import type { Family } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { interfaceOf, listEndpoints } from '../state/endpoint.ts';
import { changeDetails } from '../state/sandbox.ts';
import type { Membership, Sandbox, WantedPort } from '../state/sandbox.ts';
import { attach } from './attach.ts';
import { detach } from './detach.ts';
import { adoptFilters } from './filter/promise.ts';
import { settleFilters } from './filter/settle.ts';
import { followIfEdited } from './follow-network.ts';
import type { Host } from './host.ts';
import { getNetwork } from './network.ts';
import { readOptions } from './network-options.ts';
import { choosePorts } from './port-choice.ts';
import type { PortWish } from './port-choice.ts';
import { PortTaken } from '../state/port.ts';
import { partOf } from './request.ts';
import type { PortRequest, RateLimit } from './request.ts';
import { bridgeRequest, otherGateways } from './sandbox-request.ts';
import type { Interface, Joining } from './sandbox-request.ts';
import type { NetworkPlace } from './sandbox-spec.ts';

/** What a sandbox is to have on its networks. Limits, in place of those of a network, are for each of them. */
export interface JoinSpec {
  /** Led to by the network that is the way out. */
  readonly ports: readonly PortWish[];
  readonly ingress?: RateLimit | undefined;
  readonly egress?: RateLimit | undefined;
}

/** The name of a sandbox's next interface: of those with that prefix the one with the lowest number that is free. */
export function freeIfname(prefix = 'eth', taken: ReadonlySet<string> = new Set()): string {
  for (let number = 0; ; number++) if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`;
}

/** The networks that are meant. Throws TSNET_NOT_FOUND, or TSNET_CONFIG when one is meant twice. */
export function findNetworks(host: Host, places: readonly NetworkPlace[]): Joining[] {
  const joinings = places.map((place) => ({ ...place, network: getNetwork(host, place.network) }));
  const twice = joinings.find(
    ({ network }, at) => joinings.findIndex((one) => one.network.id === network.id) < at,
  );
  if (twice !== undefined)
    throw new TsnetError('TSNET_CONFIG', `--network ${twice.network.name}: given twice`);
  return joinings;
}

/**
 * Attaches a sandbox to its first networks, and to the filters that it is one of: `joinings[0]` is its way out, for now,
 * and the published ports lead there. Throws what `attach` throws.
 */
export function joinNetworks(
  host: Host,
  sandbox: Sandbox,
  spec: JoinSpec,
  joinings: readonly Joining[],
): void {
  adoptFilters(host);
  const taken = new Set<string>();
  for (const [at, joining] of joinings.entries()) {
    const ifname = freeIfname(readOptions(joining.network.options).ifnamePrefix, taken);
    taken.add(ifname);
    const attachTo = (ports: readonly PortRequest[]): void =>
      attachInterface(host, sandbox, spec, joining, { ifname, hasWayOut: at === 0, ports });
    if (at === 0) publishing(host, sandbox, spec.ports, joining, attachTo);
    else attachTo([]);
  }
  settleFilters(host);
}

/** How often free ports are looked for again, when somebody else was faster. */
const TRIES = 5;

// What is chosen is taken only with the endpoint: somebody may be faster.
function publishing(
  host: Host,
  { id }: Sandbox,
  asked: readonly PortWish[],
  { network }: Joining,
  attachTo: (ports: readonly PortRequest[]) => void,
): void {
  const { hostBinding } = readOptions(network.options);
  const wishes = asked.map((wish) => ({ ...wish, hostIp: wish.hostIp ?? hostBinding }));
  const families = [...new Set<Family>(network.subnets.map(({ cidr }) => cidr.family))];
  for (let tries = 1; ; tries++) {
    const ports = choosePorts(host, wishes, families);
    try {
      if (ports.length > 0)
        host.db.transaction(() => changeDetails(host.db, id, () => ({ ports: ports.map(wanted) })));
      attachTo(ports);
      return;
    } catch (error) {
      const hasChoice = wishes.some(
        ({ hostPorts }) => hostPorts?.first !== hostPorts?.last || hostPorts === undefined,
      );
      if (!(error instanceof PortTaken) || !hasChoice || tries === TRIES) throw error;
    }
  }
}

/** A port as the record of its sandbox has it. */
export function wanted({ hostIp, ...port }: PortRequest): WantedPort {
  return { ...port, hostIp: hostIp?.toString() };
}

/**
 * Attaches a sandbox that is there to one more network, by an interface without a way out, and tells its name. Throws what
 * `attach` throws.
 */
export function joinNetwork(host: Host, sandbox: Sandbox, joining: Joining): string {
  adoptFilters(host);
  const taken = new Set(listEndpoints(host.db, 'container', sandbox.id).map(interfaceOf));
  const ifname = freeIfname(readOptions(joining.network.options).ifnamePrefix, taken);
  try {
    attachInterface(host, sandbox, { ports: [] }, joining, { ifname, hasWayOut: false, ports: [] });
  } catch (error) {
    leaveNetwork(host, sandbox, ifname);
    throw error;
  }
  return ifname;
}

/** Takes an interface of a sandbox away, with what was added to it: the newest first. */
export function leaveNetwork(host: Host, { id }: Sandbox, ifname: string): void {
  const parts = listEndpoints(host.db, 'container', id).filter((one) => interfaceOf(one) === ifname);
  for (const endpoint of parts.reverse()) detach(host, endpoint);
  host.db.transaction(() =>
    changeDetails(host.db, id, ({ memberships = {} }) => ({
      memberships: Object.fromEntries(Object.entries(memberships).filter(([name]) => name !== ifname)),
    })),
  );
}

function attachInterface(
  host: Host,
  sandbox: Sandbox,
  spec: JoinSpec,
  joining: Joining,
  made: Interface,
): void {
  const { network, priority = 0, aliases } = joining;
  const options = readOptions(network.options);
  const gateways = otherGateways(network).map(String);
  const membership: Membership = { priority, aliases, gateways, isInternal: options.isInternal };
  host.db.transaction(() =>
    changeDetails(host.db, sandbox.id, ({ memberships }) => ({
      memberships: { ...memberships, [made.ifname]: membership },
    })),
  );
  const request = bridgeRequest(sandbox, made, joining, options);
  attach(host, request);
  followIfEdited(host, network);
  const { ingress = options.ingress, egress = options.egress } = spec;
  if (ingress === undefined && egress === undefined) return;
  const { netns } = sandbox;
  const key = partOf(request.key, 'bandwidth');
  attach(host, { mode: 'bandwidth', key, netns, hostInterfaces: [], ingress, egress });
}
