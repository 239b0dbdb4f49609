// Mode bridge: a veth pair into a bridge, addresses from a pool, masquerade and published ports.
import type { Ip, Mac } from '../../address/index.ts';
import { keepEgress } from '../../firewall/egress-policy.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { Link } from '../../netlink/route/link.ts';
import { deleteNeighbour } from '../../netlink/route/neighbour.ts';
import { deleteEndpoint } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { takeLock } from '../../state/lock.ts';
import type { AttachedInterface, Attachment } from '../attachment.ts';
import type { Begun, Driver } from '../driver.ts';
import { endFlows, redirectFlows } from '../flows.ts';
import type { Host } from '../host.ts';
import { intentOf, makeIntent } from '../intent.ts';
import { claimAddresses } from '../interface/claim.ts';
import type { PairClaim } from '../interface/claim.ts';
import { decideRoutes, SandboxEnd } from '../interface/configure.ts';
import { hostLinkName } from '../interface/names.ts';
import { createPair } from '../interface/veth.ts';
import type { MadePair, Meanwhile, Pair } from '../interface/veth.ts';
import { needingOption } from '../kernel-option.ts';
import type { BridgeRequest } from '../request.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { BegunPair } from './begun-pair.ts';
import { ensureBridge, tidyBridge } from './device.ts';
import { gatewaysOf, makeGateway } from './gateway.ts';
import { guardOf } from './guard.ts';
import { inspectBridge } from './inspect.ts';
import { keptOf, readKept } from './kept.ts';
import { learnFromSeen } from './learning.ts';
import { closeLoopback, openLoopback } from './loopback.ts';
import { assertConsistent } from './policy.ts';
import { deviceOf, ensureVlanGateway, filterVlans, joinVlans } from './vlan.ts';

/** The host's side: bridge, port and gateway. The interfaces are told in the order of the reference plugin. */
interface HostSide {
  /** The device that the addresses are behind. */
  readonly device: Link;
  readonly bridge: AttachedInterface;
  readonly port: AttachedInterface;
  /** Of the sandbox's end. */
  readonly insideIndex: number | undefined;
  /** That device, when it is not the bridge. */
  readonly gateway: AttachedInterface | undefined;
}

/** What an endpoint is connected with. */
interface Connecting {
  readonly namespace: Namespace;
  readonly claimed: PairClaim;
  /** The pair, if it is under way. */
  readonly begun?: BegunPair | undefined;
}

/** The same, and what is done while the kernel makes the pair. */
interface Busy extends Connecting {
  readonly meanwhile: Meanwhile;
}

/**
 * Begins with the pair where it is known which bridge that is, as in a process that stays. What must be there before a frame can
 * come from the port, or else is to be decided by addresses, is done the long way.
 */
function begin(
  host: Host,
  endpoint: Endpoint,
  request: BridgeRequest,
  namespace: Namespace,
): Begun<PairClaim> | undefined {
  const bridge = host.certain.bridges.get(request.bridge.name);
  if (bridge === undefined || endpoint.guard !== undefined || endpoint.egress !== undefined) return undefined;
  const { port, inside } = readKept(endpoint);
  if (port.vlans !== undefined || inside.isLeftDown) return undefined;
  const pair = pairOf(endpoint, request, namespace, bridge);
  // Somebody's already; what the pair's end is to be like would be done to that.
  if (host.route.linkIndex(pair.hostLink) !== undefined) return undefined;
  const begun = new BegunPair(host, pair);
  return {
    connect: (claimed) => connect(host, endpoint, request, { namespace, claimed, begun }),
    takeBack: () => {
      begun.takeBack();
    },
  };
}

function connect(host: Host, endpoint: Endpoint, request: BridgeRequest, connecting: Connecting): Attachment {
  const { namespace, claimed } = connecting;
  const { leases, ports, mac } = claimed;
  const kept = readKept(endpoint);
  // Before there is a port that a frame could come from. Until its elements are there, too, nothing may be called.
  addGuard(host, { ...endpoint, mac });
  if (endpoint.egress !== undefined) host.firewall.confine(endpoint.bridge ?? '');
  const routes = decideRoutes(request.routes, leases, request.bridge.isDefaultGateway);
  using end = new SandboxEnd(namespace, endpoint.ifname, { addresses: leases, routes, mac }, kept.inside);
  const intent = makeIntent(endpoint, leases, ports);
  const meanwhile = {
    // By the time the port is there all may call it that may.
    atOnce: (): void => {
      if (intent !== undefined) host.firewall.add(intent);
    },
    whenThere: (insideIndex: number | undefined): void => {
      end.prepare(insideIndex);
    },
  };
  const side = connectHostSide(host, endpoint, request, { ...connecting, meanwhile });
  end.takeUp(side.insideIndex);
  if (ports.length > 0) openLoopback(host, side.device, ports);
  end.layRoutes();
  if (isSettled(endpoint)) host.firewall.settle(endpoint.bridge ?? '');
  redirectFlows(host, ports);
  const inside = { name: endpoint.ifname, mac, mtu: side.port.mtu, sandbox: endpoint.netns };
  return {
    interfaces: [side.bridge, side.port, inside, ...(side.gateway === undefined ? [] : [side.gateway])],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: 2 })),
    routes,
  };
}

// What is known of a bridge may be out of date: whoever took it away just now has not been heard yet.
function withCertainty<T>(host: Host, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isKernelError(error, 'EINVAL', 'ENODEV') || !host.certain.forget()) throw error;
    return work();
  }
}

function addGuard(host: Host, endpoint: Endpoint): void {
  const guard = guardOf(host.db, endpoint);
  if (guard === undefined) return;
  const key = guard.addresses === undefined ? 'macspoofchk true' : 'antiSpoof true (option tsnet.anti_spoof)';
  needingOption(key, 'CONFIG_NF_TABLES_BRIDGE', () => {
    host.guard.add(guard);
  });
}

/** Tells whether an endpoint wants something for all behind its device. */
function isSettled({ ingress, walls }: Endpoint): boolean {
  return ingress !== undefined || walls.length > 0;
}

function connectHostSide(host: Host, endpoint: Endpoint, request: BridgeRequest, connecting: Busy): HostSide {
  using _lock = connecting.begun?.lock ?? takeLock(host.bridgeLock, 'shared');
  return withCertainty(host, () => makeHostSide(host, endpoint, request, connecting));
}

function makeHostSide(
  host: Host,
  endpoint: Endpoint,
  request: BridgeRequest,
  { namespace, claimed, begun, meanwhile }: Busy,
): HostSide {
  const { leases, mac } = claimed;
  const { bridge: spec } = request;
  const { mtu } = spec;
  const { vlans } = readKept(endpoint).port;
  const bridge = ensureBridge(host, spec);
  if (endpoint.guard === 'addresses') learnFromSeen(host, bridge);
  if (vlans !== undefined) filterVlans(host, bridge, vlans);
  const device =
    vlans?.native === undefined || endpoint.bridge === spec.name
      ? bridge
      : ensureVlanGateway(host, { bridge, vlan: vlans.native, mtu, keepsDefault: vlans.keepsDefault });
  const gateways = spec.isGateway ? gatewaysOf(leases, spec.withoutGateway) : [];
  if (gateways.length > 0) makeGateway(host, device, gateways, spec.forceAddress);
  const pair = pairOf(endpoint, request, namespace, bridge, mac);
  const made = begun === undefined ? createPair(host, pair, meanwhile) : finish(host, begun, pair, meanwhile);
  if (vlans !== undefined) joinVlans(host, pair.hostLink, vlans);
  return {
    device,
    bridge: told(bridge),
    port: made.hostEnd,
    insideIndex: made.insideIndex,
    gateway: device === bridge ? undefined : told(device),
  };
}

function pairOf(
  endpoint: Endpoint,
  { bridge: { isHairpin, mtu }, ports }: BridgeRequest,
  namespace: Namespace,
  bridge: Link,
  mac?: Mac,
): Pair {
  const { isIsolated } = readKept(endpoint).port;
  const hostLink = hostLinkName(endpoint.id);
  return {
    ...{ endpoint, hostLink, namespace, bridge, mac, mtu, isIsolated },
    isHairpin: isHairpin || ports.length > 0,
  };
}

// Whatever the kernel refused, a second try mends it or tells why.
function finish(host: Host, begun: BegunPair, pair: Pair, meanwhile: Meanwhile): MadePair {
  meanwhile.atOnce();
  return (
    begun.finish(meanwhile.whenThere) ?? createPair(host, pair, { ...meanwhile, atOnce: () => undefined })
  );
}

function told({ ifname, mtu, attributes }: Link): AttachedInterface {
  return { name: ifname, mac: attributes.address, mtu, sandbox: undefined };
}

// Every step is one that may have been done already, or never.
function disconnect(host: Host, endpoint: Endpoint): void {
  const intent = intentOf(host.db, endpoint);
  const guard = guardOf(host.db, endpoint);
  if (intent !== undefined) host.firewall.remove(intent);
  host.removeLink({ ifname: hostLinkName(endpoint.id) });
  // As early as can be: the kernel takes its time, and what is asked of links meanwhile waits for it.
  const isBridgeGone = intent !== undefined && tidyBridges(host, endpoint, intent.bridge);
  if (guard !== undefined) host.guard.remove(guard);
  if (intent !== undefined) {
    if (!isBridgeGone) forgetNeighbours(host, intent.bridge, intent.addresses);
    endFlows(host, intent.ports);
  }
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  if (intent === undefined) return;
  if (isSettled(endpoint)) host.firewall.settle(intent.bridge);
  if (endpoint.egress !== undefined) host.firewall.confine(intent.bridge);
  if (intent.ports.length > 0 && !isBridgeGone) closeLoopback(host, intent.bridge);
}

// The gateway of a VLAN first, which is plugged into the bridge. Tells whether the device went that the addresses are behind.
function tidyBridges(host: Host, endpoint: Endpoint, device: string): boolean {
  const isGone = tidyBridge(host, device);
  const { plug } = readKept(endpoint);
  if (plug !== device) tidyBridge(host, plug);
  return isGone;
}

// Who gets the address next may have another MAC, and must not wait until the host has found out.
function forgetNeighbours(host: Host, bridgeName: string, addresses: readonly Ip[]): void {
  const bridge = host.route.linkIndex(bridgeName);
  if (bridge === undefined) return;
  for (const ip of addresses) {
    try {
      host.route.request(deleteNeighbour(bridge, ip));
    } catch (error) {
      // ENODEV: another DEL, the last one, took the bridge away meanwhile.
      if (!isKernelError(error, 'ENOENT', 'ENODEV')) throw error;
    }
  }
}

export const bridgeDriver: Driver<BridgeRequest, PairClaim> = {
  sandbox: 'foreign',
  describe: (_host, request) => {
    assertConsistent(request);
    const { isMasqueraded, isLetThrough, walls } = request.bridge;
    return {
      bridge: deviceOf(request),
      isMasqueraded,
      ingress: isLetThrough ? 'open' : undefined,
      egress: request.egress === undefined ? undefined : keepEgress(request.egress),
      walls,
      guard: request.port?.guard,
      kept: JSON.stringify(keptOf(request)),
    };
  },
  begin,
  claim: (host, endpoint, request) => claimAddresses(host.db, endpoint, request, request.bridge.isGateway),
  connect: (host, endpoint, request, namespace, claimed) =>
    connect(host, endpoint, request, { namespace, claimed }),
  disconnect,
  inspect: inspectBridge,
};
