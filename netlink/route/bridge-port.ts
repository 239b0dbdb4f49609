// Ports of a bridge: how a link that is one behaves, and the VLANs that it is in (linux/if_link.h, if_bridge.h).
import { attr, attrs, eachAttribute, list, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import type { Request } from '../message.ts';
import { cstring, u16, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { tagged } from '../tagged.ts';
import {
  AF,
  BRIDGE_VLAN_INFO,
  IFLA,
  IFLA_BRIDGE,
  IFLA_BRPORT,
  IFLA_INFO,
  RTEXT_FILTER,
  RTM,
} from './constants.ts';
import { ifinfomsg } from './link.ts';

type Header = Infer<typeof ifinfomsg>;

export const portAttributes = attrs('bridge port', {
  ifname: attr(IFLA.IFNAME, cstring),
  extMask: attr(IFLA.EXT_MASK, u32),
  info: nested(
    IFLA.LINKINFO,
    tagged(
      'info',
      { kind: IFLA_INFO.SLAVE_KIND, data: IFLA_INFO.SLAVE_DATA },
      {
        bridge: attrs('port', {
          hairpin: attr(IFLA_BRPORT.MODE, u8),
          isolated: attr(IFLA_BRPORT.ISOLATED, u8),
        }),
      },
    ),
  ),
});

type PortAttributes = Infer<typeof portAttributes>;

/** How a port behaves; what is left out stays as it is. */
export interface BridgePort {
  /** Frames are sent back by the port that they came from. */
  readonly isHairpin?: boolean | undefined;
  /** Frames to other isolated ports are dropped. */
  readonly isIsolated?: boolean | undefined;
}

function portRequest(
  operation: 'NEWLINK' | 'GETLINK',
  ifname: string,
  attributes: PortAttributes,
): Request<Header, PortAttributes> {
  return {
    operation: `RTM_${operation}`,
    subject: `bridge port "${ifname}"`,
    type: RTM[operation],
    flags: 0,
    format: { header: ifinfomsg, attributes: portAttributes },
    body: { header: ifinfomsg.make({}), attributes: { ifname, ...attributes } },
  };
}

function byte(isOn: boolean | undefined): number | undefined {
  return isOn === undefined ? undefined : Number(isOn);
}

/** Asks for the behaviour of a link that is a port of a bridge. */
export function setBridgePort(
  ifname: string,
  { isHairpin, isIsolated }: BridgePort,
): Request<Header, PortAttributes> {
  const data = { hairpin: byte(isHairpin), isolated: byte(isIsolated) };
  return portRequest('NEWLINK', ifname, { info: { kind: 'bridge', data } });
}

/** How a port behaves; undefined for a link that is no port of a bridge. Throws KernelError ENODEV for no link at all. */
export function getBridgePort(connection: Connection, ifname: string): BridgePort | undefined {
  const request = portRequest('GETLINK', ifname, { extMask: RTEXT_FILTER.SKIP_STATS });
  const { info } = connection.get(request).attributes;
  if (info?.kind !== 'bridge') return undefined;
  return { isHairpin: info.data?.hairpin === 1, isIsolated: info.data?.isolated === 1 };
}

/** struct bridge_vlan_info. */
export const bridgeVlanInfo = struct('bridge_vlan_info', { flags: u16, vid: u16 });

const vlanList = list(IFLA.AF_SPEC, attr(IFLA_BRIDGE.VLAN_INFO, bridgeVlanInfo));

// A dump tells of network cards and tunnels, too, which have other things in this place.
function areVlans(view: DataView): boolean {
  return [...eachAttribute(view)].every(
    ({ type, payload }) => type === IFLA_BRIDGE.VLAN_INFO && payload.byteLength === bridgeVlanInfo.bytes,
  );
}

/** The VLANs of a port in the form of family AF_BRIDGE; a range is two entries, its begin and its end. */
export const portVlansAttributes = attrs('bridge port', {
  extMask: attr(IFLA.EXT_MASK, u32),
  vlans: { ...vlanList, codec: { ...vlanList.codec, fits: areVlans } },
});

type VlansAttributes = Infer<typeof portVlansAttributes>;

/** VLANs from `first` to `last`, 1 to 4094, both included. */
export interface VlanRange {
  readonly first: number;
  readonly last: number;
}

/** VLANs that a port is in. */
export interface PortVlans extends VlanRange {
  /** Frames without a tag that come in belong to it (PVID), and its own go out without one. */
  readonly isNative?: boolean | undefined;
}

/** Every VLAN that there can be. */
export const ALL_VLANS: VlanRange = { first: 1, last: 4094 };

function vlanRequest(
  operation: 'SETLINK' | 'DELLINK',
  index: number,
  vlans: readonly PortVlans[],
): Request<Header, VlansAttributes> {
  return {
    operation: `RTM_${operation}`,
    subject: `vlans of bridge port ${index}`,
    type: RTM[operation],
    flags: 0,
    format: { header: ifinfomsg, attributes: portVlansAttributes },
    body: {
      header: ifinfomsg.make({ family: AF.BRIDGE, index }),
      attributes: { vlans: vlans.flatMap(toInfo) },
    },
  };
}

function toInfo({ first, last, isNative = false }: PortVlans): Infer<typeof bridgeVlanInfo>[] {
  const flags = isNative ? BRIDGE_VLAN_INFO.PVID | BRIDGE_VLAN_INFO.UNTAGGED : 0;
  if (first === last) return [{ flags, vid: first }];
  return [
    { flags: flags | BRIDGE_VLAN_INFO.RANGE_BEGIN, vid: first },
    { flags: flags | BRIDGE_VLAN_INFO.RANGE_END, vid: last },
  ];
}

/** Asks to put a port into VLANs, one after the other. Refused with EOPNOTSUPP by a kernel that has no VLANs in bridges. */
export function addPortVlans(index: number, vlans: readonly PortVlans[]): Request<Header, VlansAttributes> {
  return vlanRequest('SETLINK', index, vlans);
}

/** Asks to take a port out of VLANs; that it is not in one is no error. */
export function deletePortVlans(index: number, vlans: VlanRange): Request<Header, VlansAttributes> {
  return vlanRequest('DELLINK', index, [vlans]);
}

/** The VLANs that a port is in. */
export function listPortVlans(connection: Connection, index: number): PortVlans[] {
  // The kernel refuses a dump of one port (strict checking): it is found among all of them.
  const request: Request<Header, VlansAttributes> = {
    operation: 'RTM_GETLINK',
    type: RTM.GETLINK,
    flags: 0,
    format: { header: ifinfomsg, attributes: portVlansAttributes },
    body: {
      header: ifinfomsg.make({ family: AF.BRIDGE }),
      attributes: { extMask: RTEXT_FILTER.BRVLAN_COMPRESSED },
    },
  };
  const port = connection.dump(request).find(({ header }) => header.index === index);
  return fromInfos(port?.attributes.vlans ?? []);
}

/** Joins begins and ends of ranges, as they come from the kernel. */
export function fromInfos(infos: readonly Infer<typeof bridgeVlanInfo>[]): PortVlans[] {
  let first: number | undefined;
  return infos.flatMap(({ flags, vid }) => {
    if ((flags & BRIDGE_VLAN_INFO.RANGE_BEGIN) !== 0) {
      first = vid;
      return [];
    }
    const range = { first: first ?? vid, last: vid, isNative: (flags & BRIDGE_VLAN_INFO.PVID) !== 0 };
    first = undefined;
    return [range];
  });
}
