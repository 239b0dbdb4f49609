// What a rule loads into a register, in the words of nft, and how values of it are written.
import { Ip, Mac } from '../../../address/index.ts';
import { decode } from '../../codec.ts';
import { cstring, u32 } from '../../scalar.ts';
import { NF_CT_STATE, NFPROTO, NFT_CT, NFT_META, NFT_PAYLOAD } from '../constants.ts';
import type { Expression } from '../rule.ts';

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** What is in a register. */
export interface Field {
  readonly text: string;
  /** A value of it. */
  readonly show: (value: Uint8Array) => string;
  /** Of what bits stand for: their names. */
  readonly bits?: Readonly<Record<string, number>>;
  /** What the packet has to be for the field to be there; nft leaves that unsaid. */
  readonly implies?: 'network' | 'transport';
}

/** Bytes that nobody knows the meaning of. */
export function hex(value: Uint8Array): string {
  return `0x${Buffer.from(value).toString('hex')}`;
}

const address = (value: Uint8Array): string =>
  value.length === 4 || value.length === 16 ? Ip.fromBytes(value).toString() : hex(value);
const mac = (value: Uint8Array): string =>
  value.length === 6 ? Mac.fromBytes(value).toString() : hex(value);
const number = (value: Uint8Array): string => String(value.reduce((sum, byte) => sum * 256 + byte, 0));
const ownNumber = (value: Uint8Array): string =>
  value.length === 4 ? String(decode(u32, value)) : hex(value);
// A shorter value than a name's 16 bytes is the beginning of names.
const device = (value: Uint8Array): string =>
  `"${decode(cstring, value)}${value.length < 16 && value.at(-1) !== 0 ? '*' : ''}"`;

const PROTOCOLS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };
const FAMILIES: Record<number, string> = { [NFPROTO.IPV4]: 'ipv4', [NFPROTO.IPV6]: 'ipv6' };
const ETHER_TYPES: Record<string, string> = { '0x0800': 'ip', '0x86dd': 'ip6', '0x0806': 'arp' };
const named =
  (names: Record<number, string>) =>
  (value: Uint8Array): string =>
    names[value[0] ?? -1] ?? number(value);
const etherType = (value: Uint8Array): string => ETHER_TYPES[hex(value)] ?? hex(value);

const headers: Record<number, Record<string, Field>> = {
  [NFT_PAYLOAD.LL_HEADER]: {
    '0+6': { text: 'ether daddr', show: mac },
    '6+6': { text: 'ether saddr', show: mac },
    '12+2': { text: 'ether type', show: etherType },
  },
  [NFT_PAYLOAD.NETWORK_HEADER]: {
    '9+1': { text: 'ip protocol', show: named(PROTOCOLS), implies: 'network' },
    '12+4': { text: 'ip saddr', show: address, implies: 'network' },
    '16+4': { text: 'ip daddr', show: address, implies: 'network' },
    '6+1': { text: 'ip6 nexthdr', show: named(PROTOCOLS), implies: 'network' },
    '8+16': { text: 'ip6 saddr', show: address, implies: 'network' },
    '24+16': { text: 'ip6 daddr', show: address, implies: 'network' },
  },
  [NFT_PAYLOAD.TRANSPORT_HEADER]: {
    '0+1': { text: 'th type', show: number, implies: 'transport' },
    '0+2': { text: 'th sport', show: number, implies: 'transport' },
    '2+2': { text: 'th dport', show: number, implies: 'transport' },
    '13+1': { text: 'th flags', show: hex, implies: 'transport' },
  },
};
const bases = ['ll', 'nh', 'th'];

// The beginning of an address stands for all that begin so.
function prefixField(base: number, offset: number, length: number): Field | undefined {
  const found = Object.entries(headers[base] ?? {}).find(([place, { text }]) => {
    const [at, size] = place.split('+').map(Number);
    return at === offset && length < (size ?? 0) && / [sd]addr$/.test(text);
  });
  if (found === undefined) return undefined;
  const [place, field] = found;
  const whole = new Uint8Array(Number(place.split('+')[1]));
  const show = (value: Uint8Array): string => {
    whole.set(value.subarray(0, whole.length));
    return `${field.show(whole)}/${length * 8}`;
  };
  return { ...field, show };
}

/** `ip daddr` and the like. `protocol` is the one that the rule has asked for, if it has. */
export function payloadField({ data = {} }: Of<'payload'>, protocol = 'th'): Field {
  const { base = -1, offset = 0, length = 0 } = data;
  const known = headers[base]?.[`${offset}+${length}`] ?? prefixField(base, offset, length);
  if (known === undefined) return { text: `@${bases[base] ?? base},${offset * 8},${length * 8}`, show: hex };
  return { ...known, text: known.text.replace(/^th/, protocol) };
}

const metaFields: Record<number, Field> = {
  [NFT_META.PROTOCOL]: { text: 'meta protocol', show: etherType },
  [NFT_META.MARK]: { text: 'meta mark', show: ownNumber },
  [NFT_META.IIF]: { text: 'iif', show: ownNumber },
  [NFT_META.OIF]: { text: 'oif', show: ownNumber },
  [NFT_META.IIFNAME]: { text: 'iifname', show: device },
  [NFT_META.OIFNAME]: { text: 'oifname', show: device },
  [NFT_META.NFTRACE]: { text: 'meta nftrace', show: number },
  [NFT_META.NFPROTO]: { text: 'meta nfproto', show: named(FAMILIES) },
  [NFT_META.L4PROTO]: { text: 'meta l4proto', show: named(PROTOCOLS) },
};

/** `iifname` and the like. */
export function metaField(key = -1): Field {
  return metaFields[key] ?? { text: `meta key ${key}`, show: hex };
}

const STATES = {
  invalid: 0x1,
  established: NF_CT_STATE.ESTABLISHED,
  related: NF_CT_STATE.RELATED,
  new: NF_CT_STATE.NEW,
  untracked: 0x40,
};
// enum ip_conntrack_status in linux/netfilter/nf_conntrack_common.h
const STATUSES = { expected: 0x1, 'seen-reply': 0x2, assured: 0x4, confirmed: 0x8, snat: 0x10, dnat: 0x20 };
const ctFields: Record<number, Field> = {
  [NFT_CT.STATE]: { text: 'ct state', show: ownNumber, bits: STATES },
  [NFT_CT.STATUS]: { text: 'ct status', show: ownNumber, bits: STATUSES },
  [NFT_CT.PROTO_DST]: { text: 'ct original proto-dst', show: number },
  [NFT_CT.DST_IP]: { text: 'ct original ip daddr', show: address },
  [NFT_CT.DST_IP6]: { text: 'ct original ip6 daddr', show: address },
};

/** `ct state` and the like. */
export function connectionField(key = -1): Field {
  return ctFields[key] ?? { text: `ct key ${key}`, show: hex };
}

// RTN_* in linux/rtnetlink.h
const ADDRESS_TYPES: Record<number, string> = { 1: 'unicast', 2: 'local', 3: 'broadcast', 5: 'multicast' };

/** `fib daddr type`, as far as a rule asks for the kind of the destination. */
export const destinationKind: Field = {
  text: 'fib daddr type',
  show: (value) => ADDRESS_TYPES[value.length === 4 ? decode(u32, value) : -1] ?? hex(value),
};
