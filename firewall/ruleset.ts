// The part of tsnet's table that never changes: its chains and rules. They look packets up in the sets, so their number
// does not grow with the number of containers.
import { endianness } from 'node:os';
import type { Family } from '../address/index.ts';
import { newChain } from '../netlink/netfilter/chain.ts';
import { IPS, NFPROTO, NFT_REG } from '../netlink/netfilter/constants.ts';
import { maskWith } from '../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { loadConnection } from '../netlink/netfilter/expr/ct.ts';
import { loadDestinationType } from '../netlink/netfilter/expr/fib.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, mapWith, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { masquerade } from '../netlink/netfilter/expr/masq.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { dnat } from '../netlink/netfilter/expr/nat.ts';
import { loadDestination, loadDestinationPort, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { newSet } from '../netlink/netfilter/set.ts';
import { deleteTable, newTable } from '../netlink/netfilter/table.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { elementsOf } from './intent.ts';
import type { Intent } from './intent.ts';
import type { TableLayout } from './layout.ts';
import { allSets, sets, TABLE } from './sets.ts';

// Behind the priorities that others use for the same work (dstnat -100, srcnat 100): who translates a connection
// first wins, and the rules of others came first.
const PRIORITY = { RAW: -300, DSTNAT: -90, SRCNAT: 110 } as const;

const { R0 } = NFT_REG;

/** The register `words` 32-bit registers behind the first. */
function behind(words: number): number {
  return R0 + words;
}

function words(family: Family): number {
  return family === 4 ? 1 : 4;
}

function hostU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, endianness() === 'LE');
  return bytes;
}

const families: Record<Family, Expression[]> = {
  4: [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(NFPROTO.IPV4))],
  6: [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(NFPROTO.IPV6))],
};

const RTN_LOCAL = 2;
const toThisHost: Expression[] = [loadDestinationType(R0), compare('EQ', R0, hostU32(RTN_LOCAL))];

const isForwardedPort: Expression[] = [
  loadConnection('STATUS', R0),
  maskWith(R0, hostU32(IPS.DST_NAT)),
  compare('NEQ', R0, hostU32(0)),
];

const LOOPBACK = {
  4: { bytes: Uint8Array.of(127), text: '127.0.0.0/8' },
  6: { bytes: Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0)), text: '::1' },
};

function isFromLoopback(family: Family): Expression[] {
  const source = loadSource(family, R0);
  const { bytes } = LOOPBACK[family];
  return [{ ...source, data: { ...source.data, length: bytes.length } }, compare('EQ', R0, bytes)];
}

function isNotMulticast(family: Family): Expression[] {
  const destination = loadDestination(family, R0);
  if (family === 4) {
    return [
      destination,
      maskWith(R0, Uint8Array.of(0xf0, 0, 0, 0)),
      compare('NEQ', R0, Uint8Array.of(0xe0, 0, 0, 0)),
    ];
  }
  return [
    { ...destination, data: { ...destination.data, length: 1 } },
    compare('NEQ', R0, Uint8Array.of(0xff)),
  ];
}

function isEndpoint(family: Family, load: typeof loadSource): Expression[] {
  const { name } = sets[family].endpoints;
  return [load(family, R0), loadMeta('OIFNAME', behind(words(family))), inSet(name, R0)];
}

/** Forwards what the maps name, first the ports of one address, then those of every address. */
function forwardPorts(chain: string, family: Family): AnyRequest[] {
  const address = words(family);
  const forward = dnat(family, R0, behind(address));
  const ofOne: Expression[] = [
    loadDestination(family, R0),
    loadMeta('L4PROTO', behind(address)),
    loadDestinationPort(behind(address + 1)),
    mapWith(sets[family].ports.name, R0),
    forward,
  ];
  const ofAny: Expression[] = [
    loadMeta('L4PROTO', R0),
    loadDestinationPort(behind(1)),
    mapWith(sets[family].anyPorts.name, R0),
    forward,
  ];
  return [
    newRule(
      TABLE,
      chain,
      [...families[family], ...toThisHost, ...ofOne],
      `published ports of one IPv${family} address`,
    ),
    newRule(
      TABLE,
      chain,
      [...families[family], ...toThisHost, ...ofAny],
      `published ports of every IPv${family} address`,
    ),
  ];
}

/** Decides by which source address a connection leaves. */
function sourceRules(family: Family): AnyRequest[] {
  const rule = (note: string, ...expressions: Expression[]): AnyRequest =>
    newRule(TABLE, 'postrouting', [...families[family], ...expressions], note);
  return [
    rule(
      `published ports, reached by ${LOOPBACK[family].text}`,
      ...isForwardedPort,
      ...isFromLoopback(family),
      ...isEndpoint(family, loadDestination),
      masquerade(),
    ),
    rule(
      'published ports, reached by a neighbour or by itself: the answer has to come back this way',
      ...isForwardedPort,
      ...isEndpoint(family, loadSource),
      masquerade(),
    ),
    rule('neighbours see each other as they are', ...isEndpoint(family, loadSource), decide('return')),
    rule(
      'masquerade',
      loadSource(family, R0),
      inSet(sets[family].masquerade.name, R0),
      ...isNotMulticast(family),
      loadSource(family, R0),
      loadDestination(family, behind(words(family))),
      notInSet(sets[family].direct.name, R0),
      masquerade(),
    ),
  ];
}

const fromOutside: Expression[] = [
  loadMeta('IIFNAME', R0),
  compare(
    'NEQ',
    R0,
    Uint8Array.from({ length: 16 }, (_, at) => 'lo'.charCodeAt(at) || 0),
  ),
];

/** Drops forged packets to the host's loopback: ports published there are reachable from the host alone. */
function guardLoopback(): AnyRequest {
  const destination = loadDestination(4, R0);
  const isLoopback: Expression[] = [
    { ...destination, data: { ...destination.data, length: 1 } },
    compare('EQ', R0, LOOPBACK[4].bytes),
  ];
  const expressions = [...fromOutside, ...families[4], ...isLoopback, decide('drop')];
  return newRule(TABLE, 'raw', expressions, 'nobody outside reaches 127.0.0.0/8');
}

/** Asks for the whole table without any element, in place of one that may be there. */
function baseTable(): AnyRequest[] {
  return [
    newTable(TABLE),
    deleteTable(TABLE),
    newTable(TABLE),
    ...allSets().map((set) => newSet(TABLE, set)),
    newChain(TABLE, 'raw', { type: 'filter', hook: 'PRE_ROUTING', priority: PRIORITY.RAW }),
    newChain(TABLE, 'prerouting', { type: 'nat', hook: 'PRE_ROUTING', priority: PRIORITY.DSTNAT }),
    newChain(TABLE, 'output', { type: 'nat', hook: 'LOCAL_OUT', priority: PRIORITY.DSTNAT }),
    newChain(TABLE, 'postrouting', { type: 'nat', hook: 'POST_ROUTING', priority: PRIORITY.SRCNAT }),
    guardLoopback(),
    ...forwardPorts('prerouting', 4),
    ...forwardPorts('prerouting', 6),
    ...forwardPorts('output', 4),
    ...forwardPorts('output', 6),
    ...sourceRules(4),
    ...sourceRules(6),
  ];
}

/** Table inet tsnet: who is where, what leaves by which address, which ports are published. */
export const addressTable: TableLayout<Intent> = {
  table: TABLE,
  ruleCounts: { raw: 1, prerouting: 4, output: 4, postrouting: 8 },
  sentinel: 'postrouting',
  base: baseTable,
  elementsOf,
};
