// The part of tsnet's table that never changes: its chains and rules. They look packets up in the sets, so their number
// does not grow with the number of containers.
import type { Family } from '../address/index.ts';
import { newChain } from '../netlink/netfilter/chain.ts';
import { maskWith } from '../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, mapWith, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { masquerade } from '../netlink/netfilter/expr/masq.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { snat } from '../netlink/netfilter/expr/nat.ts';
import { loadDestination, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { newSet } from '../netlink/netfilter/set.ts';
import { deleteTable, newTable } from '../netlink/netfilter/table.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { behind, families, isForwardedPort, R0, words } from './conditions.ts';
import { confineEndpoints, egressChains, egressRuleCounts, INPUT_RULES } from './egress-rules.ts';
import { guardDevices } from './guard-rules.ts';
import { elementsOf } from './intent.ts';
import type { Intent } from './intent.ts';
import type { TableLayout } from './layout.ts';
import { forwardPorts, hideClients, isNotVisible } from './port-rules.ts';
import { concealAddresses, guardLoopback, RAW } from './raw-rules.ts';
import { allSets, sets, TABLE } from './sets.ts';

// Behind the priorities that others use for the same work (dstnat -100, srcnat 100): who translates a connection
// first wins, and the rules of others came first.
const PRIORITY = { RAW: -300, DSTNAT: -90, FILTER: 0, SRCNAT: 110 } as const;

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

/** Decides by which source address a connection leaves. */
function sourceRules(family: Family): AnyRequest[] {
  const rule = (note: string, ...expressions: Expression[]): AnyRequest =>
    newRule(TABLE, 'postrouting', [...families[family], ...expressions], note);
  const leaves = [
    ...isNotMulticast(family),
    loadSource(family, R0),
    loadDestination(family, behind(words(family))),
    notInSet(sets[family].direct.name, R0),
  ];
  return [
    hideClients(family),
    rule(
      `published ports, reached by ${LOOPBACK[family].text}`,
      ...isForwardedPort,
      ...isFromLoopback(family),
      ...isEndpoint(family, loadDestination),
      ...isNotVisible(family),
      masquerade(),
    ),
    rule(
      'published ports, reached by a neighbour or by itself: the answer has to come back this way',
      ...isForwardedPort,
      ...isEndpoint(family, loadSource),
      ...isNotVisible(family),
      masquerade(),
    ),
    rule('neighbours see each other as they are', ...isEndpoint(family, loadSource), decide('return')),
    rule(
      'masquerade, as an address of choice',
      ...leaves,
      loadSource(family, R0),
      mapWith(sets[family].sources.name, R0),
      snat(family, R0),
    ),
    rule(
      'masquerade',
      loadSource(family, R0),
      inSet(sets[family].masquerade.name, R0),
      ...leaves,
      masquerade(),
    ),
  ];
}

/** Asks for the whole table without any element, in place of one that may be there. */
function baseTable(): AnyRequest[] {
  return [
    newTable(TABLE),
    deleteTable(TABLE),
    newTable(TABLE),
    ...allSets().map((set) => newSet(TABLE, set)),
    newChain(TABLE, RAW, { type: 'filter', hook: 'PRE_ROUTING', priority: PRIORITY.RAW }),
    newChain(TABLE, 'prerouting', { type: 'nat', hook: 'PRE_ROUTING', priority: PRIORITY.DSTNAT }),
    newChain(TABLE, 'output', { type: 'nat', hook: 'LOCAL_OUT', priority: PRIORITY.DSTNAT }),
    newChain(TABLE, 'forward', { type: 'filter', hook: 'FORWARD', priority: PRIORITY.FILTER }),
    newChain(TABLE, 'postrouting', { type: 'nat', hook: 'POST_ROUTING', priority: PRIORITY.SRCNAT }),
    ...egressChains(),
    guardLoopback(),
    concealAddresses(4),
    concealAddresses(6),
    ...forwardPorts('prerouting', 4),
    ...forwardPorts('prerouting', 6),
    ...forwardPorts('output', 4),
    ...forwardPorts('output', 6),
    ...guardDevices(),
    ...confineEndpoints(),
    ...sourceRules(4),
    ...sourceRules(6),
  ];
}

/** Table inet tsnet: who is where, what leaves by which address, which ports are published. */
export const addressTable: TableLayout<Intent> = {
  table: TABLE,
  ruleCounts: { raw: 3, prerouting: 8, output: 8, input: INPUT_RULES, forward: 15, postrouting: 12 },
  targetRuleCounts: egressRuleCounts,
  sentinel: 'postrouting',
  base: baseTable,
  elementsOf,
};
