// Extensions of x_tables in rules that iptables has written.
import { Ip } from '../address/index.ts';
import type { Infer } from '../netlink/codec.ts';
import {
  NF_NAT_RANGE,
  XT_ADDRTYPE,
  XT_CONNTRACK,
  XT_CONNTRACK_STATE,
  XT_MULTIPORT,
  XT_UDP_INV,
} from '../netlink/netfilter/xt-constants.ts';
import {
  nf_nat_range,
  XT_MULTI_PORTS,
  xt_addrtype_info_v1,
  xt_conntrack_mtinfo3,
  xt_multiport_v1,
  xt_tcp,
  xt_udp,
} from '../netlink/netfilter/expr/xtables.ts';
import type { match as xtMatch, target as xtTarget } from '../netlink/netfilter/expr/xtables.ts';
import { u16 } from '../netlink/scalar.ts';
import type { StructCodec } from '../netlink/struct.ts';
import type { Place, Step } from './place.ts';

function read<T>(codec: StructCodec<T>, info: Uint8Array): T | undefined {
  if (info.length < codec.bytes) return undefined;
  return codec.read(new DataView(info.buffer, info.byteOffset, codec.bytes));
}

function isMeant(isSo: boolean, isInverted: boolean): Step {
  return isSo !== isInverted ? 'on' : 'over';
}

function conntrack({ packet, isTracked }: Place, info: Uint8Array): Step {
  const { flags, inverted = 0, states = 0 } = read(xt_conntrack_mtinfo3, info) ?? {};
  if (flags !== XT_CONNTRACK.STATE || !isTracked) return 'unknown';
  const own = XT_CONNTRACK_STATE.NEW | (packet.isTranslated ? XT_CONNTRACK_STATE.DNAT : 0);
  return isMeant((states & own) !== 0, (inverted & XT_CONNTRACK.STATE) !== 0);
}

function addressKind({ packet, isLocal }: Place, info: Uint8Array): Step {
  const { source, destination, flags = 0 } = read(xt_addrtype_info_v1, info) ?? {};
  const isKnown = source === 0 && destination === XT_ADDRTYPE.LOCAL;
  if (!isKnown || (flags & ~XT_ADDRTYPE.INVERT_DEST) !== 0) return 'unknown';
  return isMeant(isLocal(packet.destination), flags !== 0);
}

function ports({ packet }: Place, info: Uint8Array): Step {
  const { kind, count = 0, isInverted } = read(xt_multiport_v1, info) ?? {};
  if (kind !== XT_MULTIPORT.DESTINATION || count > XT_MULTI_PORTS) return 'unknown';
  const view = new DataView(info.buffer, info.byteOffset, info.length);
  const portAt = (at: number): number =>
    u16.read(
      new DataView(view.buffer, view.byteOffset + (xt_multiport_v1.offsets['ports'] ?? 0) + 2 * at, 2),
    );
  let isNamed = false;
  for (let at = 0; at < count; at++) {
    const first = portAt(at);
    const isRange = view.getUint8((xt_multiport_v1.offsets['areRanges'] ?? 0) + at) !== 0;
    const last = isRange ? portAt(++at) : first;
    isNamed ||= first <= packet.destinationPort && packet.destinationPort <= last;
  }
  return isMeant(isNamed, isInverted !== 0);
}

function port({ packet }: Place, name: string, info: Uint8Array): Step {
  const tcp = name === 'tcp' ? read(xt_tcp, info) : undefined;
  const own = name === 'tcp' ? tcp : read(xt_udp, info);
  if (own === undefined || own.sourceFrom !== 0 || own.sourceTo !== 0xffff) return 'unknown';
  const asksMore = tcp !== undefined && (tcp.option !== 0 || tcp.flagMask !== 0);
  if (asksMore || (own.inverted & ~XT_UDP_INV.DSTPT) !== 0) return 'unknown';
  const { destinationPort } = packet;
  return isMeant(own.from <= destinationPort && destinationPort <= own.to, own.inverted !== 0);
}

/** A match: those are known that are about a connection's state, its destination and its port. */
export function match(place: Place, { name, revision, info }: Infer<typeof xtMatch> = {}): Step {
  if (name === 'comment') return 'on';
  if (info === undefined) return 'unknown';
  if (name === 'conntrack' && revision === 3) return conntrack(place, info);
  if (name === 'addrtype' && revision === 1) return addressKind(place, info);
  if (name === 'multiport' && revision === 1) return ports(place, info);
  return (name === 'tcp' || name === 'udp') && revision === 0 ? port(place, name, info) : 'unknown';
}

// Of a range of addresses or ports the kernel takes one.
function translated({ packet }: Place, info: Uint8Array): Step {
  const { flags = 0, port: first = 0 } = read(nf_nat_range, info) ?? {};
  const at = nf_nat_range.offsets['address'] ?? 0;
  const address = info.slice(at, at + (packet.destination.family === 4 ? 4 : 16));
  const destination = (flags & NF_NAT_RANGE.MAP_IPS) === 0 ? packet.destination : Ip.fromBytes(address);
  const port = (flags & NF_NAT_RANGE.PROTO_SPECIFIED) === 0 ? packet.destinationPort : first;
  return { translated: { destination, port } };
}

/** A target. */
export function target(place: Place, { name, revision = 0, info }: Infer<typeof xtTarget> = {}): Step {
  if (name === 'REJECT') return 'refused';
  if (name === 'MASQUERADE' || name === 'SNAT') return 'accepted';
  const isRead = name === 'DNAT' && (revision === 1 || revision === 2) && info !== undefined;
  if (isRead && info.length >= nf_nat_range.bytes) return translated(place, info);
  return name === 'LOG' || name === 'NFLOG' ? 'on' : 'unknown';
}
