// The rules of tsnet's table that keep networks of the host to themselves, as far as they want it.
import type { Family } from '../address/index.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { loadDestination } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { behind, families, NAME_WORDS, R0, words } from './conditions.ts';
import { deviceSets, sets, TABLE } from './sets.ts';

/** From which device to which. */
const passage: Expression[] = [loadMeta('IIFNAME', R0), loadMeta('OIFNAME', behind(NAME_WORDS))];

function rule(note: string, ...expressions: Expression[]): AnyRequest {
  return newRule(TABLE, 'forward', expressions, note);
}

/**
 * Drops what comes from an internal network and what goes to one, but for what stays in it. It stands before all that
 * accepts: no flow of an earlier time and no translation of somebody else leads out or in.
 */
export function closeInternal(): AnyRequest[] {
  const leaves = [...passage, notInSet(deviceSets.enclosed.name, R0), decide('drop')];
  return [
    rule(
      'an internal network calls nobody',
      loadMeta('IIFNAME', R0),
      inSet(deviceSets.internal.name, R0),
      ...leaves,
    ),
    rule('and nobody calls it', loadMeta('OIFNAME', R0), inSet(deviceSets.internal.name, R0), ...leaves),
  ];
}

/**
 * Drops what goes from one network straight to another where there is a filter between them. It stands before all that
 * accepts: also a flow that began before the filter was there, and a published port, has to pass through it.
 */
export function closeFiltered(): AnyRequest {
  return rule(
    'networks that call each other through a filter alone',
    ...passage,
    inSet(deviceSets.filtered.name, R0),
    decide('drop'),
  );
}

/** Drops what members of a network send to each other by way of the host. */
export function partMembers(): AnyRequest {
  return rule(
    'members that may not call each other',
    ...passage,
    inSet(deviceSets.apart.name, R0),
    decide('drop'),
  );
}

/** Drops new connections from an isolated network to other networks; those to it are dropped by the rules for guarded ones. */
export function isolateCallers(): AnyRequest[] {
  const toEndpoint = (family: Family): Expression[] => [
    ...families[family],
    loadMeta('IIFNAME', R0),
    inSet(deviceSets.isolated.name, R0),
    loadDestination(family, R0),
    loadMeta('OIFNAME', behind(words(family))),
    inSet(sets[family].endpoints.name, R0),
    decide('drop'),
  ];
  return [
    rule('isolated networks call no other over IPv4', ...toEndpoint(4)),
    rule('nor over IPv6', ...toEndpoint(6)),
  ];
}
