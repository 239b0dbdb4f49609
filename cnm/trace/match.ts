// The rules by which packets of one connection are told from all others.
import type { Ip } from '../../address/index.ts';
import { encode } from '../../netlink/codec.ts';
import { NFPROTO, NFT_REG } from '../../netlink/netfilter/constants.ts';
import { maskWith } from '../../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../../netlink/netfilter/expr/cmp.ts';
import { loadConstant } from '../../netlink/netfilter/expr/immediate.ts';
import { loadMeta, setTraced } from '../../netlink/netfilter/expr/meta.ts';
import {
  loadDestination,
  loadDestinationPort,
  loadEchoId,
  loadSource,
  loadSourcePort,
  loadTcpFlags,
} from '../../netlink/netfilter/expr/payload.ts';
import type { TableFamily } from '../../netlink/netfilter/nfnetlink.ts';
import type { Expression } from '../../netlink/netfilter/rule.ts';
import { u16be } from '../../netlink/scalar.ts';
import { protocolNumbers } from './question.ts';
import type { TraceProtocol } from './question.ts';

/** What packets have in common; what is left out may be anything. */
export interface Match {
  readonly family: 4 | 6;
  readonly protocol?: TraceProtocol | undefined;
  readonly source?: Ip | undefined;
  readonly destination?: Ip | undefined;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  readonly echoId?: number | undefined;
  /** Of TCP: the first packet of a connection, or one that acknowledges. */
  readonly tcp?: 'begin' | 'answer' | undefined;
}

const { R0 } = NFT_REG;
// RFC 9293, section 3.1
const TCP = { FIN: 0x01, SYN: 0x02, RST: 0x04, ACK: 0x10 } as const;
const ETHER_TYPE = { 4: 0x0800, 6: 0x86dd } as const;

function ofFamily(tables: TableFamily, family: 4 | 6): Expression[] {
  if (tables === 'bridge')
    return [loadMeta('PROTOCOL', R0), compare('EQ', R0, encode(u16be, ETHER_TYPE[family]))];
  const number = family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6;
  return [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(number))];
}

function flags(which: 'begin' | 'answer'): Expression[] {
  const mask = which === 'begin' ? TCP.FIN | TCP.SYN | TCP.RST | TCP.ACK : TCP.ACK;
  const value = which === 'begin' ? TCP.SYN : TCP.ACK;
  return [loadTcpFlags(R0), maskWith(R0, Uint8Array.of(mask)), compare('EQ', R0, Uint8Array.of(value))];
}

/** The expressions of a rule, in a table of a family, that has the kernel tell of such packets. */
export function traced(tables: TableFamily, match: Match): Expression[] {
  const { family, protocol, source, destination, sourcePort, destinationPort, echoId, tcp } = match;
  const is = (load: Expression, value: Uint8Array): Expression[] => [load, compare('EQ', R0, value)];
  const all: Expression[] = ofFamily(tables, family);
  if (protocol !== undefined)
    all.push(...is(loadMeta('L4PROTO', R0), Uint8Array.of(protocolNumbers[protocol][family])));
  if (source !== undefined) all.push(...is(loadSource(family, R0), source.toBytes()));
  if (destination !== undefined) all.push(...is(loadDestination(family, R0), destination.toBytes()));
  if (sourcePort !== undefined) all.push(...is(loadSourcePort(R0), encode(u16be, sourcePort)));
  if (destinationPort !== undefined) all.push(...is(loadDestinationPort(R0), encode(u16be, destinationPort)));
  if (echoId !== undefined) all.push(...is(loadEchoId(R0), encode(u16be, echoId)));
  if (tcp !== undefined) all.push(...flags(tcp));
  all.push(loadConstant(R0, Uint8Array.of(1)), setTraced(R0));
  return all;
}
