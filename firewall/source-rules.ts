// The rules by which frames from a port have the sources of the endpoint behind it.
//
// What is right is recognized first: one lookup for each frame of an IPv4 flow, and of an IPv6 flow. The rest is for
// frames that name addresses elsewhere, and for those that are wrong. Who is tagged for a VLAN is looked at as without the
// tag, as the kernel has it; a second tag is a protocol of its own, and refused.
import type { Family } from '../address/index.ts';
import { NFT_REG } from '../netlink/netfilter/constants.ts';
import { compare } from '../netlink/netfilter/expr/cmp.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { inSet, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import {
  loadArpKinds,
  loadArpOperation,
  loadArpSender,
  loadArpSenderMac,
  loadDestination,
  loadIcmpType,
  loadNeighbourTarget,
  loadPorts,
  loadSource,
  loadSourceMac,
} from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { GUARD_CHAIN, GUARD_TABLE, guardSets } from './guard-sets.ts';

const { R0 } = NFT_REG;
/** Behind an interface name of 16 bytes. */
const R4 = R0 + 4;
/** Behind that and a link-layer address, which takes 8. */
const R6 = R0 + 6;

const { guarded, sources, strict } = guardSets;

/** Numbers of protocols (linux/if_ether.h, linux/in.h). */
const ETH = { 4: [0x08, 0x00], 6: [0x86, 0xdd], ARP: [0x08, 0x06] } as const;
const IPPROTO = { UDP: 17, ICMPV6: 58 } as const;
/** Types of ICMPv6 messages (RFC 4861, RFC 3810). */
const ICMPV6 = { SOLICITATION: 135, ADVERTISEMENT: 136, ROUTER: 134, REDIRECT: 137, LISTENER: 143 } as const;

function is(load: Expression, ...value: number[]): Expression[] {
  return [load, compare('EQ', R0, Uint8Array.from(value))];
}

const carries = (protocol: keyof typeof ETH): Expression[] => is(loadMeta('PROTOCOL', R0), ...ETH[protocol]);
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const isIcmp = [...carries(6), ...is(loadMeta('L4PROTO', R0), IPPROTO.ICMPV6)];
const isOfType = (type: keyof typeof ICMPV6): Expression[] => [
  ...isIcmp,
  ...is(loadIcmpType(R0), ICMPV6[type]),
];
const fromNowhere6 = is(loadSource(6, R0), ...zeros(16));

/** Port, link-layer address, and an address that some header names. */
function own(load: (register: number) => Expression, mac = loadSourceMac): Expression[] {
  return [loadMeta('IIFNAME', R0), mac(R4), load(R6)];
}

const ownSource = (family: Family): Expression[] => [
  ...own((register) => loadSource(family, register)),
  inSet(guardSets[family].name, R0),
];
const target = own(loadNeighbourTarget);

function rule(note: string, verdict: 'accept' | 'drop', ...expressions: Expression[]): AnyRequest {
  return newRule(GUARD_TABLE, GUARD_CHAIN, [...expressions, decide(verdict)], note);
}

const isArpOfIpv4 = [...carries('ARP'), ...is(loadArpKinds(R0), 0, 1, ...ETH[4], 6, 4)];

function checkArp(): AnyRequest[] {
  return [
    rule(
      "ARP: the sender's addresses",
      'accept',
      ...isArpOfIpv4,
      ...own(loadArpSender, loadArpSenderMac),
      inSet(guardSets[4].name, R0),
    ),
    rule(
      'ARP: a probe (RFC 5227)',
      'accept',
      ...isArpOfIpv4,
      ...is(loadArpOperation(R0), 0, 1),
      ...is(loadArpSender(R0), ...zeros(4)),
      loadMeta('IIFNAME', R0),
      loadArpSenderMac(R4),
      inSet(sources.name, R0),
    ),
  ];
}

function checkNeighbours(): AnyRequest[] {
  return [
    rule('containers are no routers', 'drop', ...isOfType('ROUTER')),
    rule('nor do they redirect', 'drop', ...isOfType('REDIRECT')),
    rule(
      'ND: whom an advertisement is about',
      'drop',
      ...isOfType('ADVERTISEMENT'),
      ...target,
      notInSet(guardSets[6].name, R0),
    ),
    rule(
      'ND: is this address free (RFC 4862)',
      'accept',
      ...isOfType('SOLICITATION'),
      ...fromNowhere6,
      ...target,
      inSet(guardSets[6].name, R0),
    ),
    rule('MLD: before there is an address (RFC 3590)', 'accept', ...isOfType('LISTENER'), ...fromNowhere6),
    rule('other ICMPv6', 'accept', ...isIcmp, ...ownSource(6)),
  ];
}

/** All rules of the table. */
export function sourceRules(): AnyRequest[] {
  return [
    rule('IPv4 of the endpoint', 'accept', ...carries(4), ...ownSource(4)),
    rule(
      'IPv6 of the endpoint',
      'accept',
      ...carries(6),
      loadMeta('L4PROTO', R0),
      compare('NEQ', R0, Uint8Array.of(IPPROTO.ICMPV6)),
      ...ownSource(6),
    ),
    rule(
      'a source that is not the endpoint behind the port',
      'drop',
      loadMeta('IIFNAME', R0),
      inSet(guarded.name, R0),
      loadSourceMac(R4),
      notInSet(sources.name, R0),
    ),
    rule('no more is asked of other ports', 'accept', loadMeta('IIFNAME', R0), notInSet(strict.name, R0)),
    ...checkArp(),
    rule(
      'DHCP: before there is an address',
      'accept',
      ...carries(4),
      ...is(loadSource(4, R0), ...zeros(4)),
      ...is(loadDestination(4, R0), 255, 255, 255, 255),
      ...is(loadMeta('L4PROTO', R0), IPPROTO.UDP),
      ...is(loadPorts(R0), 0, 68, 0, 67),
    ),
    ...checkNeighbours(),
    rule('all else', 'drop'),
  ];
}
