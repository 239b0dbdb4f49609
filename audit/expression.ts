// What an expression of a rule does with a packet: goes on, or does not, or nobody can tell.
import { Ip } from '../address/index.ts';
import { encode } from '../netlink/codec.ts';
import {
  IPS,
  NF_CT_STATE,
  NFPROTO,
  NFT_CMP,
  NFT_CT,
  NFT_FIB_RESULT,
  NFT_LOOKUP_F,
  NFT_META,
  NFT_NAT,
  NFT_PAYLOAD,
  NFT_RANGE,
  NFT_REG,
  NFTA_FIB_F,
} from '../netlink/netfilter/constants.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { u16be, u32 } from '../netlink/scalar.ts';
import { RTN } from '../netlink/route/constants.ts';
import { find, lengthOf } from './lookup.ts';
import { networkHeader, transportHeader } from './packet.ts';
import type { Packet } from './packet.ts';
import type { Place, Step } from './place.ts';
import { match, target } from './xtables.ts';

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

const NAME_BYTES = 16;
/** Expressions that no packet is stopped by. */
const WITHOUT_CONSEQUENCE = ['other:log', 'other:notrack', 'other:last', 'other:connlimit'];

function nameBytes(name = ''): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES);
  bytes.set(Buffer.from(name).subarray(0, NAME_BYTES));
  return bytes;
}

function loaded(place: Place, register: number | undefined, value: Uint8Array | undefined): Step {
  if (register === undefined) return 'unknown';
  if (value === undefined) place.registers.forget(register);
  else place.registers.write(register, value);
  return 'on';
}

function payload(place: Place, { data = {} }: Of<'payload'>): Step {
  const { base, offset = 0, length = 0, register } = data;
  // Without a register to load into, it writes.
  if (register === undefined) return 'unknown';
  const headers: Record<number, (packet: Packet) => Uint8Array> = {
    [NFT_PAYLOAD.NETWORK_HEADER]: networkHeader,
    [NFT_PAYLOAD.TRANSPORT_HEADER]: transportHeader,
  };
  const header = headers[base ?? -1]?.(place.packet);
  const isWhole = header !== undefined && offset + length <= header.length;
  return loaded(place, register, isWhole ? header.slice(offset, offset + length) : undefined);
}

function metaValue({ packet, indexOf }: Place, key: number | undefined): Uint8Array | undefined {
  const { iif, oif, source, protocol } = packet;
  const isV4 = source.family === 4;
  const indexBytes = (name?: string): Uint8Array => encode(u32, name === undefined ? 0 : indexOf(name));
  if (key === NFT_META.IIFNAME) return nameBytes(iif);
  if (key === NFT_META.OIFNAME) return nameBytes(oif);
  if (key === NFT_META.IIF) return indexBytes(iif);
  if (key === NFT_META.OIF) return indexBytes(oif);
  if (key === NFT_META.NFPROTO) return Uint8Array.of(isV4 ? NFPROTO.IPV4 : NFPROTO.IPV6);
  if (key === NFT_META.L4PROTO) return Uint8Array.of(protocol);
  if (key === NFT_META.PROTOCOL) return encode(u16be, isV4 ? 0x0800 : 0x86dd);
  return undefined;
}

function ct(place: Place, { data = {} }: Of<'ct'>): Step {
  const { key, register } = data;
  const { isTracked, packet } = place;
  if (key === NFT_CT.STATE) return loaded(place, register, encode(u32, isTracked ? NF_CT_STATE.NEW : 1));
  if (key !== NFT_CT.STATUS) return loaded(place, register, undefined);
  if (!isTracked) return 'over';
  return loaded(place, register, encode(u32, packet.isTranslated ? IPS.DST_NAT : 0));
}

function fib(place: Place, { data = {} }: Of<'fib'>): Step {
  const { result, flags, register } = data;
  const isAsked = result === NFT_FIB_RESULT.ADDRTYPE && flags === NFTA_FIB_F.DADDR;
  const { destination } = place.packet;
  const type = place.isLocal(destination) ? RTN.LOCAL : RTN.UNICAST;
  return loaded(place, register, isAsked && !destination.isMulticast ? encode(u32, type) : undefined);
}

function bitwise(place: Place, { data = {} }: Of<'bitwise'>): Step {
  const { source, destination, length = 0, mask, xor } = data;
  const value = source === undefined ? undefined : place.registers.read(source, length);
  const result =
    mask?.value === undefined
      ? undefined
      : value?.map((byte, at) => (byte & (mask.value?.[at] ?? 0)) ^ (xor?.value?.[at] ?? 0));
  return loaded(place, destination, result);
}

const comparisons: Record<number, (order: number) => boolean> = {
  [NFT_CMP.EQ]: (order) => order === 0,
  [NFT_CMP.NEQ]: (order) => order !== 0,
  [NFT_CMP.LT]: (order) => order < 0,
  [NFT_CMP.LTE]: (order) => order <= 0,
  [NFT_CMP.GT]: (order) => order > 0,
  [NFT_CMP.GTE]: (order) => order >= 0,
};

function cmp(place: Place, { data = {} }: Of<'cmp'>): Step {
  const { register, operation = -1, data: wanted } = data;
  const test = comparisons[operation];
  if (register === undefined || wanted?.value === undefined || test === undefined) return 'unknown';
  const value = place.registers.read(register, wanted.value.length);
  if (value === undefined) return 'unknown';
  return test(Buffer.compare(value, wanted.value)) ? 'on' : 'over';
}

function range(place: Place, { data: { register, operation, from, to } = {} }: Of<'range'>): Step {
  if (register === undefined || from?.value === undefined || to?.value === undefined) return 'unknown';
  const value = place.registers.read(register, from.value.length);
  if (value === undefined) return 'unknown';
  const isIn = Buffer.compare(value, from.value) >= 0 && Buffer.compare(value, to.value) <= 0;
  return isIn === (operation === NFT_RANGE.EQ) ? 'on' : 'over';
}

function lookup(place: Place, { data = {} }: Of<'lookup'>): Step {
  const { set: name = '', source, destination, flags = 0 } = data;
  const isNegated = (flags & NFT_LOOKUP_F.INV) !== 0;
  const set = place.setNamed(name);
  if (set === undefined || source === undefined) return 'unknown';
  if (set.elements.length === 0) return isNegated ? 'on' : 'over';
  const length = lengthOf(set);
  const value = length === undefined ? undefined : place.registers.read(source, length);
  if (value === undefined) return 'unknown';
  const found = find(set, value);
  if ((found === undefined) !== isNegated) return 'over';
  if (destination === undefined || found === undefined) return 'on';
  const { data: mapped } = found;
  if (destination === NFT_REG.VERDICT)
    return mapped?.verdict === undefined ? 'unknown' : { verdict: mapped.verdict };
  return loaded(place, destination, mapped?.value);
}

function immediate(place: Place, { data = {} }: Of<'immediate'>): Step {
  if (data.data?.verdict !== undefined) return { verdict: data.data.verdict };
  return loaded(place, data.register, data.data?.value);
}

function nat({ packet, registers }: Place, { data = {} }: Of<'nat'>): Step {
  if (data.type !== NFT_NAT.DNAT) return 'accepted';
  const { address, port } = data;
  const bytes = packet.source.family === 4 ? 4 : 16;
  const ip = address === undefined ? packet.destination.toBytes() : registers.read(address, bytes);
  const number = port === undefined ? undefined : registers.read(port, 2);
  if (ip === undefined || (port !== undefined && number === undefined)) return 'unknown';
  const [high = 0, low = 0] = number ?? [];
  const to = number === undefined ? packet.destinationPort : (high << 8) | low;
  return { translated: { destination: Ip.fromBytes(ip), port: to } };
}

/** Does an expression. */
export function step(place: Place, expression: Expression): Step {
  switch (expression.kind) {
    case 'payload':
      return payload(place, expression);
    case 'meta':
      return loaded(place, expression.data?.register, metaValue(place, expression.data?.key));
    case 'ct':
      return ct(place, expression);
    case 'fib':
      return fib(place, expression);
    case 'bitwise':
      return bitwise(place, expression);
    case 'cmp':
      return cmp(place, expression);
    case 'range':
      return range(place, expression);
    case 'lookup':
      return lookup(place, expression);
    case 'immediate':
      return immediate(place, expression);
    case 'nat':
      return nat(place, expression);
    case 'match':
      return match(place, expression.data);
    case 'target':
      return target(place, expression.data);
    case 'masq':
      return 'accepted';
    case 'counter':
      return 'on';
    default:
      if (expression.kind === 'other:reject') return 'refused';
      return WITHOUT_CONSEQUENCE.includes(expression.kind) ? 'on' : 'unknown';
  }
}
