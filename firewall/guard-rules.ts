// The rules of tsnet's table that keep networks of the host from calling each other.
import type { Family } from '../address/index.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { loadDestination, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { behind, families, isForwardedPort, isGoingOn, NAME_WORDS, R0, words } from './conditions.ts';
import { confineForwarded } from './egress-rules.ts';
import { isNotOpened } from './port-rules.ts';
import { deviceSets, sets, TABLE } from './sets.ts';
import { closeFiltered, closeInternal, isolateCallers, partMembers } from './wall-rules.ts';

/** The number of the protocol (linux/in.h, linux/in6.h). */
const ICMP = { 4: 1, 6: 58 } as const satisfies Record<Family, number>;

const toGuarded: Expression[] = [loadMeta('OIFNAME', R0), inSet(deviceSets.guarded.name, R0)];

/** Drops new connections from elsewhere to addresses that are closed, but for pings and such, and to ports that are opened. */
function keepClosed(family: Family): AnyRequest {
  const { closed, endpoints } = sets[family];
  const expressions = [
    ...families[family],
    loadDestination(family, R0),
    inSet(closed.name, R0),
    loadSource(family, R0),
    loadMeta('OIFNAME', behind(words(family))),
    notInSet(endpoints.name, R0),
    loadMeta('L4PROTO', R0),
    compare('NEQ', R0, Uint8Array.of(ICMP[family])),
    ...isNotOpened(family),
    decide('drop'),
  ];
  return newRule(TABLE, 'forward', expressions, `closed IPv${family} addresses are called on opened ports`);
}

/** Drops new connections from networks of the host to a device that is guarded; from outside of the host they pass. */
export function guardDevices(): AnyRequest[] {
  const rule = (note: string, ...expressions: Expression[]): AnyRequest =>
    newRule(TABLE, 'forward', expressions, note);
  const fromEndpoint = (family: Family): Expression[] => [
    ...families[family],
    ...toGuarded,
    loadSource(family, R0),
    loadMeta('IIFNAME', behind(words(family))),
    inSet(sets[family].endpoints.name, R0),
    decide('drop'),
  ];
  return [
    closeFiltered(),
    ...closeInternal(),
    rule('answers', ...isGoingOn, decide('accept')),
    confineForwarded(),
    rule('published ports', ...isForwardedPort, decide('accept')),
    partMembers(),
    rule(
      'neighbours may call each other',
      loadMeta('IIFNAME', R0),
      loadMeta('OIFNAME', behind(NAME_WORDS)),
      inSet(deviceSets.neighbours.name, R0),
      decide('accept'),
    ),
    keepClosed(4),
    keepClosed(6),
    rule(
      'guarded networks may not call each other',
      ...toGuarded,
      loadMeta('IIFNAME', R0),
      inSet(deviceSets.guarded.name, R0),
      decide('drop'),
    ),
    rule('nor may containers of other networks over IPv4', ...fromEndpoint(4)),
    rule('nor over IPv6', ...fromEndpoint(6)),
    ...isolateCallers(),
  ];
}
