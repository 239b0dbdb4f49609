// The rules of tsnet's table that keep endpoints from calling what they may not call: one way for what is forwarded, and
// for what is meant for the host itself.
import type { Family } from '../address/index.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { newChain } from '../netlink/netfilter/chain.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { loadOriginalDestination, loadOriginalPort } from '../netlink/netfilter/expr/ct.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet, verdictWith } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { loadDestination, loadIcmpType, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import { chainOf } from './egress.ts';
import { egressDevices, egressSets } from './egress-sets.ts';
import {
  behind,
  families,
  isForwardedPort,
  isGoingOn,
  NAME_WORDS,
  R0,
  toUnicast,
  words,
} from './conditions.ts';
import { sets, TABLE } from './sets.ts';

const EGRESS = 'egress';
const POLICY = 'egress_policy';
const INPUT = 'input';
const ICMPV6 = 58;
/** Neighbour solicitation and advertisement (RFC 4861): without them there is no neighbour, and no gateway. */
const NEIGHBOUR_DISCOVERY = [135, 136];

const chains = [EGRESS, POLICY, ...(['internet', 'local', 'none', []] as const).map(chainOf)];

/** How many rules each chain has that elements and other rules lead to. */
export const egressRuleCounts = {
  egress: 5,
  egress_policy: 5,
  egress_internet: 8,
  egress_local: 3,
  egress_none: 1,
  egress_listed: 3,
} as const;

/** How many rules the chain has that what is meant for the host goes through. */
export const INPUT_RULES = 5;

function rule(chain: string, note: string, ...expressions: Expression[]): AnyRequest {
  return newRule(TABLE, chain, expressions, note);
}

const byConfined: Expression[] = [loadMeta('IIFNAME', R0), inSet(egressDevices.confined.name, R0)];

function fromEndpoint(family: Family): Expression[] {
  return [...families[family], loadSource(family, R0), loadMeta('IIFNAME', behind(words(family)))];
}

function toEndpoint(family: Family): Expression[] {
  return [
    loadDestination(family, R0),
    loadMeta('OIFNAME', behind(words(family))),
    inSet(sets[family].endpoints.name, R0),
  ];
}

/** The chains: they are there before anything leads to them. */
export function egressChains(): AnyRequest[] {
  return [
    newChain(TABLE, INPUT, { type: 'filter', hook: 'LOCAL_IN', priority: 0 }),
    ...chains.map((name) => newChain(TABLE, name)),
  ];
}

/** To be asked of what is forwarded and begins a connection. */
export function confineForwarded(): AnyRequest {
  return rule('forward', 'who may not call everything', ...byConfined, decide({ jump: EGRESS }));
}

/** What is meant for the host itself, and who asks which chain. */
export function confineEndpoints(): AnyRequest[] {
  return [
    rule(
      INPUT,
      'who may call everything',
      loadMeta('IIFNAME', R0),
      notInSet(egressDevices.confined.name, R0),
      decide('accept'),
    ),
    rule(INPUT, 'answers', ...isGoingOn, decide('accept')),
    ...NEIGHBOUR_DISCOVERY.map((type) =>
      rule(
        INPUT,
        'neighbour discovery',
        ...families[6],
        loadMeta('L4PROTO', R0),
        compare('EQ', R0, Uint8Array.of(ICMPV6)),
        loadIcmpType(R0),
        compare('EQ', R0, Uint8Array.of(type)),
        decide('accept'),
      ),
    ),
    rule(INPUT, 'who may not', decide({ goto: EGRESS })),
    ...passMembers(),
    ...decideByEndpoint(),
    ...internetRules(),
    ...localRules(),
    rule(chainOf('none'), 'nothing may be called', decide('drop')),
    ...listedRules(),
  ];
}

function perFamily(make: (family: Family) => AnyRequest): AnyRequest[] {
  return [make(4), make(6)];
}

// A published port of a neighbour is called at an address of the host: that is for the policy to say. What is not tracked,
// such as neighbour discovery that a bridge lets pass here, has no status and is led nowhere.
function passMembers(): AnyRequest[] {
  return [
    rule(EGRESS, 'published ports', ...isForwardedPort, decide({ goto: POLICY })),
    rule(
      EGRESS,
      'members of a network reach each other',
      loadMeta('IIFNAME', R0),
      loadMeta('OIFNAME', behind(NAME_WORDS)),
      inSet(egressDevices.companions.name, R0),
      decide('return'),
    ),
    ...perFamily((family) =>
      rule(
        EGRESS,
        'and so do those without a bridge',
        ...families[family],
        ...toEndpoint(family),
        loadSource(family, R0),
        loadDestination(family, behind(words(family))),
        inSet(egressSets[family].neighbours.name, R0),
        decide('return'),
      ),
    ),
    rule(EGRESS, 'everything else', decide({ goto: POLICY })),
  ];
}

function decideByEndpoint(): AnyRequest[] {
  return [
    ...perFamily((family) =>
      rule(
        POLICY,
        'the policy of an endpoint',
        ...fromEndpoint(family),
        verdictWith(egressSets[family].egress.name, R0),
      ),
    ),
    ...perFamily((family) =>
      rule(
        POLICY,
        'endpoints without one',
        ...fromEndpoint(family),
        inSet(sets[family].endpoints.name, R0),
        decide('return'),
      ),
    ),
    rule(POLICY, 'nobody that is known here', decide('drop')),
  ];
}

function internetRules(): AnyRequest[] {
  const drop = (note: string, ...expressions: Expression[]): AnyRequest =>
    rule(chainOf('internet'), note, ...expressions, decide('drop'));
  const inward = (family: Family): AnyRequest[] => [
    drop(
      'not the internet',
      ...families[family],
      loadSource(family, R0),
      loadDestination(family, behind(words(family))),
      inSet(egressSets[family].special.name, R0),
    ),
    drop(
      "a neighbour of the host's",
      ...families[family],
      loadDestination(family, R0),
      loadMeta('OIFNAME', behind(words(family))),
      inSet(egressSets[family].hostNetworks.name, R0),
    ),
    drop('a container of the host', ...families[family], ...toEndpoint(family)),
  ];
  return [
    drop('the host, or no place at all', ...toUnicast('NEQ')),
    drop('what the host leads elsewhere', ...isForwardedPort),
    ...inward(4),
    ...inward(6),
  ];
}

function localRules(): AnyRequest[] {
  const chain = chainOf('local');
  const allowed = perFamily((family) =>
    rule(
      chain,
      'private addresses',
      ...families[family],
      loadSource(family, R0),
      loadOriginalDestination(family, behind(words(family))),
      inSet(egressSets[family].private.name, R0),
      decide('return'),
    ),
  );
  return [...allowed, rule(chain, 'everything else', decide('drop'))];
}

function listedRules(): AnyRequest[] {
  const chain = chainOf([]);
  const allowed = perFamily((family) => {
    const address = words(family);
    return rule(
      chain,
      'what is listed',
      ...families[family],
      loadSource(family, R0),
      loadOriginalDestination(family, behind(address)),
      loadMeta('L4PROTO', behind(2 * address)),
      loadOriginalPort(behind(2 * address + 1)),
      inSet(egressSets[family].listed.name, R0),
      decide('return'),
    );
  });
  return [...allowed, rule(chain, 'everything else', decide('drop'))];
}
