// Links: network interfaces and what they are made of (RTM_*LINK, linux/if_link.h).
import { attr, attrs, findAttribute, nested } from '../attributes.ts';
import { slice } from '../codec.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { NLM_F } from '../message.ts';
import type { Message, Request } from '../message.ts';
import { cstring, mac, pad, s32, u16, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { tagged } from '../tagged.ts';
import {
  AF,
  IFF,
  IFLA,
  IFLA_BR,
  IFLA_INET6,
  IFLA_INFO,
  IFLA_IPVLAN,
  IFLA_MACVLAN,
  IFLA_TUN,
  IFLA_VLAN,
  IFLA_VRF,
  RTEXT_FILTER,
  RTM,
  VETH_INFO,
} from './constants.ts';

/** struct ifinfomsg. */
export const ifinfomsg = struct('ifinfomsg', {
  family: u8,
  pad: pad(1),
  hardwareType: u16,
  index: s32,
  flags: u32,
  change: u32,
});

/** struct br_boolopt_multi (linux/if_bridge.h): bits by BR_BOOLOPT, and which of them are meant. */
export const br_boolopt_multi = struct('br_boolopt_multi', { values: u32, mask: u32 });

const bridgeInfo = attrs('bridge', {
  forwardDelay: attr(IFLA_BR.FORWARD_DELAY, u32),
  stpState: attr(IFLA_BR.STP_STATE, u32),
  vlanFiltering: attr(IFLA_BR.VLAN_FILTERING, u8),
  multicastSnooping: attr(IFLA_BR.MCAST_SNOOPING, u8),
  options: attr(IFLA_BR.MULTI_BOOLOPT, br_boolopt_multi),
});

const peerAttributes = attrs('peer', {
  address: attr(IFLA.ADDRESS, mac),
  ifname: attr(IFLA.IFNAME, cstring),
  mtu: attr(IFLA.MTU, u32),
  namespace: attr(IFLA.NET_NS_FD, s32),
  sendQueues: attr(IFLA.NUM_TX_QUEUES, u32),
  receiveQueues: attr(IFLA.NUM_RX_QUEUES, u32),
});

function behindHeader(view: DataView): DataView {
  return slice(view, ifinfomsg.bytes, view.byteLength - ifinfomsg.bytes);
}

/** VETH_INFO_PEER carries a whole link message: struct ifinfomsg and attributes behind it (linux/veth.h). */
const vethPeer = {
  name: 'veth peer',
  write: (peer: Infer<typeof peerAttributes>, view: DataView, at: number) =>
    peerAttributes.write(peer, view, ifinfomsg.write(ifinfomsg.make({}), view, at)),
  read: (view: DataView) => peerAttributes.read(behindHeader(view)),
  locate: (view: DataView, offset: number) =>
    peerAttributes.locate?.(behindHeader(view), offset - ifinfomsg.bytes) ?? [],
};

/** What a link of each kind is made of (IFLA_INFO_DATA). */
const kinds = {
  bridge: bridgeInfo,
  veth: attrs('veth', { peer: attr(VETH_INFO.PEER, vethPeer) }),
  macvlan: attrs('macvlan', {
    mode: attr(IFLA_MACVLAN.MODE, u32),
    broadcastQueueLength: attr(IFLA_MACVLAN.BC_QUEUE_LEN, u32),
  }),
  ipvlan: attrs('ipvlan', { mode: attr(IFLA_IPVLAN.MODE, u16), flags: attr(IFLA_IPVLAN.FLAGS, u16) }),
  vlan: attrs('vlan', { id: attr(IFLA_VLAN.ID, u16) }),
  dummy: attrs('dummy', {}),
  vrf: attrs('vrf', { table: attr(IFLA_VRF.TABLE, u32) }),
  // A link that hands what is sent to it back to where it came from, once its qdisc lets it pass.
  ifb: attrs('ifb', {}),
  // The kernel shows these of a tun or tap device; it is made by other means (linux/if_tun.h).
  tun: attrs('tun', {
    owner: attr(IFLA_TUN.OWNER, u32),
    group: attr(IFLA_TUN.GROUP, u32),
    isMultiQueue: attr(IFLA_TUN.MULTI_QUEUE, u8),
  }),
};

const inet6 = attrs('inet6', { addressGeneration: attr(IFLA_INET6.ADDR_GEN_MODE, u8) });

/** The attributes of a link that tsnet reads or writes; all others are kept as they come. */
export const linkAttributes = attrs('link', {
  address: attr(IFLA.ADDRESS, mac),
  ifname: attr(IFLA.IFNAME, cstring),
  mtu: attr(IFLA.MTU, u32),
  /** Another namespace, which the link moves into. */
  namespace: attr(IFLA.NET_NS_FD, s32),
  /** The address that the hardware came with; links without hardware have none. */
  permanentAddress: attr(IFLA.PERM_ADDRESS, mac),
  queueLength: attr(IFLA.TXQLEN, u32),
  /** How many queues it has, which is decided once and for all when it is made. */
  sendQueues: attr(IFLA.NUM_TX_QUEUES, u32),
  receiveQueues: attr(IFLA.NUM_RX_QUEUES, u32),
  parent: attr(IFLA.LINK, u32),
  master: attr(IFLA.MASTER, u32),
  info: nested(IFLA.LINKINFO, tagged('info', { kind: IFLA_INFO.KIND, data: IFLA_INFO.DATA }, kinds)),
  alias: attr(IFLA.IFALIAS, cstring),
  extMask: attr(IFLA.EXT_MASK, u32),
  families: nested(IFLA.AF_SPEC, attrs('families', { inet6: nested(AF.INET6, inet6) })),
});

/** The kind of a link and what it is made of. */
export type LinkInfo = NonNullable<LinkAttributes['info']>;

export type LinkAttributes = Infer<typeof linkAttributes>;

const format = { header: ifinfomsg, attributes: linkAttributes };
export type LinkRequest = Request<Infer<typeof ifinfomsg>, LinkAttributes>;

/** A link as the kernel shows it. */
export interface Link {
  readonly index: number;
  readonly flags: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly attributes: LinkAttributes;
}

/** A link is named by its index or by its name. */
export type LinkKey = { readonly index: number } | { readonly ifname: string };

/** Flags to switch on or off. */
export type LinkFlags = { readonly [K in 'UP' | 'PROMISC' | 'ALLMULTI']?: boolean };

/** How a link is called in what people read. */
export function subjectOf(key: LinkKey): string {
  return 'index' in key ? `link ${key.index}` : `link "${key.ifname}"`;
}

function linkRequest(
  operation: keyof typeof RTM,
  key: LinkKey,
  messageFlags: number,
  attributes: LinkAttributes,
  flags: LinkFlags = {},
): LinkRequest {
  const index = 'index' in key ? key.index : 0;
  const named = 'ifname' in key ? { ifname: key.ifname, ...attributes } : attributes;
  const changed = Object.entries(flags) as [keyof LinkFlags, boolean][];
  const change = changed.reduce((sum, [name]) => sum | IFF[name], 0);
  const on = changed.reduce((sum, [name, isOn]) => (isOn ? sum | IFF[name] : sum), 0);
  return {
    operation: `RTM_${operation}`,
    subject: subjectOf(key),
    type: RTM[operation],
    flags: messageFlags,
    format,
    body: { header: ifinfomsg.make({ index, flags: on, change }), attributes: named },
  };
}

/** Asks for a new link; refused with EEXIST when the name is taken. */
export function newLink(ifname: string, attributes: LinkAttributes): LinkRequest {
  return linkRequest('NEWLINK', { ifname }, NLM_F.CREATE | NLM_F.EXCL, attributes);
}

/** Asks to change a link: its attributes, and its flags on or off. */
export function setLink(key: LinkKey, attributes: LinkAttributes, flags?: LinkFlags): LinkRequest {
  return linkRequest('SETLINK', key, 0, attributes, flags);
}

/** Asks to change what a link is made of (IFLA_LINKINFO), which RTM_SETLINK leaves alone. */
export function changeLink(key: LinkKey, info: LinkAttributes['info']): LinkRequest {
  return linkRequest('NEWLINK', key, 0, { info });
}

/** Asks to delete a link (and, for a veth, its peer). */
export function deleteLink(key: LinkKey): LinkRequest {
  return linkRequest('DELLINK', key, 0, {});
}

function toLink({
  header,
  attributes,
}: {
  header: Infer<typeof ifinfomsg>;
  attributes: LinkAttributes;
}): Link {
  return {
    index: header.index,
    flags: header.flags,
    ifname: attributes.ifname ?? '',
    mtu: attributes.mtu ?? 0,
    attributes,
  };
}

// Half of what the kernel tells of a link are counters.
const withoutCounters: LinkAttributes = { extMask: RTEXT_FILTER.SKIP_STATS };

/** The link of that name or index, or undefined when there is none. */
export function findLink(connection: Connection, key: LinkKey): Link | undefined {
  try {
    return toLink(connection.get(linkRequest('GETLINK', key, 0, withoutCounters)));
  } catch (error) {
    if (isKernelError(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** All links of the connection's namespace. */
export function listLinks(connection: Connection): Link[] {
  return connection.dump(linkRequest('GETLINK', { index: 0 }, 0, withoutCounters)).map(toLink);
}

/** A kind of link, in the kernel's words. */
export type LinkKind = keyof typeof kinds;

/**
 * Tells whether the kernel can make links of a kind. It is asked for one by a name that none can have, and says so only
 * when it knows the kind. Not for `veth`, whose peer would be made meanwhile, nor for `tun`, which is made by other means.
 */
export function supportsLink(connection: Connection, kind: Exclude<LinkKind, 'veth' | 'tun'>): boolean {
  try {
    connection.request(newLink('.', { info: { kind } }));
  } catch (error) {
    if (isKernelError(error, 'EOPNOTSUPP')) return false;
    if (!isKernelError(error, 'EINVAL', 'ERANGE')) throw error;
  }
  return true;
}

/** Deletes a link; that it is gone already is no error. */
export function deleteLinkIfPresent(connection: Connection, key: LinkKey): void {
  try {
    connection.request(deleteLink(key));
  } catch (error) {
    if (!isKernelError(error, 'ENODEV')) throw error;
  }
}

/** What a notification (RTM_NEWLINK, RTM_DELLINK) is about. */
export interface LinkChange {
  /** AF_BRIDGE where it is about a bridge's port. */
  readonly family: number;
  readonly index: number;
  readonly flags: number;
  readonly kind: string | undefined;
}

/** Reads no more of a notification than is asked for here: there are several for every container. */
export function readLinkChange({ payload }: Message): LinkChange {
  const { family, index, flags } = ifinfomsg.read(slice(payload, 0, ifinfomsg.bytes));
  const info = findAttribute(behindHeader(payload), IFLA.LINKINFO);
  const kind = info && findAttribute(info, IFLA_INFO.KIND);
  return { family, index, flags, kind: kind && cstring.read(kind) };
}

/** The index of the other end, in what the kernel shows of a pair that it has made. */
export function peerIndexOf({ payload }: Message): number | undefined {
  const parent = findAttribute(behindHeader(payload), IFLA.LINK);
  return parent && u32.read(parent);
}
