// VLANs in a bridge: which of them a port is in, and the host's own port in one, which carries its gateway addresses.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { addPortVlans, ALL_VLANS, deletePortVlans, listPortVlans } from '../../netlink/route/bridge-port.ts';
import type { PortVlans } from '../../netlink/route/bridge-port.ts';
import { IN6_ADDR_GEN_MODE } from '../../netlink/route/constants.ts';
import { changeLink, findLink, newLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { endpointId } from '../../state/endpoint.ts';
import type { Host } from '../host.ts';
import { refuseAdvice } from '../interface/forwarding.ts';
import { hostLinkName } from '../interface/names.ts';
import { needingOption } from '../kernel-option.ts';
import type { BridgeRequest, VlanSpec } from '../request.ts';
import { BRIDGE_ALIAS, bridgeMac } from './names.ts';

/** The VLAN of a port that has a trunk and no VLAN of its own: the kernel's default, as the reference plugin has it. */
const DEFAULT_NATIVE = 1;

type WithRoute = Pick<Host, 'route'>;

/** The device that carries a VLAN's gateway addresses; the reference plugin's name for it. */
function vlanGatewayName(bridge: string, vlan: number): string {
  return `${bridge}.${vlan}`;
}

/** The host's device that a request's addresses are behind: the bridge, or the gateway of the VLAN they are in. */
export function deviceOf({ bridge, port, addressing }: BridgeRequest): string {
  const vlan = port?.vlans?.native;
  const hasGateway = bridge.isGateway && addressing.from !== 'nowhere';
  return vlan === undefined || !hasGateway ? bridge.name : vlanGatewayName(bridge.name, vlan);
}

/**
 * Makes a bridge keep its VLANs apart. Throws TSNET_UNSUPPORTED when the kernel cannot, TSNET_EXISTS for a bridge of
 * somebody else's that does not: the ports that it has might be cut off.
 */
export function filterVlans(host: WithRoute, bridge: Link, { native, trunk }: VlanSpec): void {
  const { info, address } = bridge.attributes;
  if (info?.kind === 'bridge' && info.data?.vlanFiltering === 1) return;
  if (address?.equals(bridgeMac(bridge.ifname)) !== true) {
    const mend = `ip link set ${bridge.ifname} type bridge vlan_filtering 1`;
    throw new TsnetError(
      'TSNET_EXISTS',
      `bridge "${bridge.ifname}" exists and does not filter VLANs (${mend})`,
    );
  }
  const key = native === undefined ? `vlanTrunk ${JSON.stringify(trunk)}` : `vlan ${native}`;
  needingOption(key, 'CONFIG_BRIDGE_VLAN_FILTERING', () => {
    host.route.request(changeLink({ index: bridge.index }, { kind: 'bridge', data: { vlanFiltering: 1 } }));
  });
}

/** The VLANs that a port is to be put into, the native one last: it may be part of the trunk, and stays native. */
export function vlansOf({ native = DEFAULT_NATIVE, trunk }: VlanSpec): PortVlans[] {
  return [...trunk, { first: native, last: native, isNative: true }];
}

/** Puts a port of a bridge into its VLANs, and out of the others. Throws TSNET_NOT_FOUND, TSNET_KERNEL. */
export function joinVlans(host: WithRoute, ifname: string, vlans: VlanSpec): void {
  const port = findLink(host.route, { ifname });
  if (port === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `link "${ifname}" was taken away while it was made`);
  host.route.pipeline([
    ...(vlans.keepsDefault ? [] : [deletePortVlans(port.index, ALL_VLANS)]),
    addPortVlans(port.index, vlansOf(vlans)),
  ]);
}

/** The host's own port in a VLAN: a pair of which one end carries the gateway addresses, the other is in the bridge. */
interface VlanGateway {
  readonly bridge: Link;
  readonly vlan: number;
  /** Of both ends, in bytes. */
  readonly mtu: number | undefined;
  readonly keepsDefault: boolean;
}

/** The end for the gateway addresses; the pair is made if it is missing. What is somebody else's is taken as it is. */
export function ensureVlanGateway(host: Host, gateway: VlanGateway): Link {
  const ifname = vlanGatewayName(gateway.bridge.ifname, gateway.vlan);
  const found = findLink(host.route, { ifname });
  if (found !== undefined && found.attributes.address?.equals(bridgeMac(ifname)) !== true) return found;
  // No endpoint has a key like this, so none has a link of this name.
  const port = hostLinkName(endpointId({ network: '', container: '', ifname }));
  if (found === undefined) createGateway(host, ifname, port, gateway.mtu);
  plugGateway(host, ifname, port, gateway);
  const made = findLink(host.route, { ifname });
  if (made === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `link "${ifname}" was taken away while it was made`);
  return made;
}

function createGateway(host: Host, ifname: string, port: string, mtu: number | undefined): void {
  const info = { kind: 'veth', data: { peer: { ifname: port, mtu } } } as const;
  try {
    host.route.request(newLink(ifname, { address: bridgeMac(ifname), mtu, info }));
  } catch (error) {
    // Another ADD was faster.
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
}

// Also for a pair that is there: who made it may have been killed before all of this was done.
function plugGateway(
  host: Host,
  ifname: string,
  port: string,
  { bridge, vlan, keepsDefault }: VlanGateway,
): void {
  const families = { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } };
  refuseAdvice(ifname);
  host.route.pipeline([
    setLink({ ifname }, { alias: BRIDGE_ALIAS, families }, { UP: true }),
    setLink({ ifname: port }, { alias: BRIDGE_ALIAS, families, master: bridge.index }),
  ]);
  joinVlans(host, port, { native: vlan, trunk: [], keepsDefault });
  host.route.request(setLink({ ifname: port }, {}, { UP: true }));
}

/** What is missing or wrong about the VLANs of a port, in words. */
export function inspectVlans(host: WithRoute, port: Link, vlans: VlanSpec): string[] {
  const present = listPortVlans(host.route, port.index);
  const native = vlans.native ?? DEFAULT_NATIVE;
  const isNative = present.some((one) => one.isNative === true && one.first <= native && one.last >= native);
  const wanted = members(vlansOf(vlans));
  const found = members(present);
  const problems = isNative ? [] : [`link "${port.ifname}" has not ${native} as its VLAN`];
  const lost = [...wanted].filter((vid) => !found.has(vid));
  const added = vlans.keepsDefault ? [] : [...found].filter((vid) => !wanted.has(vid));
  if (lost.length > 0) problems.push(`link "${port.ifname}" is not in VLAN ${lost.join(', ')}`);
  if (added.length > 0) problems.push(`link "${port.ifname}" is in VLAN ${added.join(', ')}, too`);
  return problems;
}

function members(ranges: readonly PortVlans[]): Set<number> {
  return new Set(
    ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at)),
  );
}
