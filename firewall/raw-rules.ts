// The rules of tsnet's table that look at packets before anything else does: before connection tracking, translation and routing.
import type { Family } from '../address/index.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { loadDestination, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { behind, families, R0, words } from './conditions.ts';
import { sets, TABLE } from './sets.ts';

/** The chain that these rules are in. */
export const RAW = 'raw';

const fromOutside: Expression[] = [
  loadMeta('IIFNAME', R0),
  compare(
    'NEQ',
    R0,
    Uint8Array.from({ length: 16 }, (_, at) => 'lo'.charCodeAt(at) || 0),
  ),
];

/** Drops forged packets to the host's loopback: ports published there are reachable from the host alone. */
export function guardLoopback(): AnyRequest {
  const destination = loadDestination(4, R0);
  const isLoopback: Expression[] = [
    { ...destination, data: { ...destination.data, length: 1 } },
    compare('EQ', R0, Uint8Array.of(127)),
  ];
  const expressions = [...fromOutside, ...families[4], ...isLoopback, decide('drop')];
  return newRule(TABLE, RAW, expressions, 'nobody outside reaches 127.0.0.0/8');
}

/**
 * Drops what outside sends to a concealed address by way of this host as a router. Whoever calls a published port, or
 * answers a masqueraded connection, sends to an address of the host, and is not met here.
 */
export function concealAddresses(family: Family): AnyRequest {
  const { concealed, endpoints, callers } = sets[family];
  const inSecond = behind(words(family));
  const comesFrom = (load: typeof loadSource): Expression[] => [
    load(family, R0),
    loadMeta('IIFNAME', inSecond),
    notInSet(endpoints.name, R0),
  ];
  const expressions = [
    ...families[family],
    loadDestination(family, R0),
    inSet(concealed.name, R0),
    // Bridged packets, which br_netfilter shows here, come by the device that the address is behind.
    ...comesFrom(loadDestination),
    ...comesFrom(loadSource),
    loadDestination(family, R0),
    loadSource(family, inSecond),
    notInSet(callers.name, R0),
    decide('drop'),
  ];
  return newRule(TABLE, RAW, expressions, `nobody outside routes to concealed IPv${family} addresses`);
}
