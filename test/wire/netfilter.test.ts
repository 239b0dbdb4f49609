// What nft sends, read by us and written again, and held against what we would send for the same.
import { describe, expect, it } from 'vitest';
import { Ip, Mac } from '../../address/index.ts';
import { encode } from '../../netlink/codec.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { deleteChain, newChain, newRegularChain } from '../../netlink/netfilter/chain.ts';
import { NFPROTO, NFT_REG } from '../../netlink/netfilter/constants.ts';
import { maskWith } from '../../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../../netlink/netfilter/expr/cmp.ts';
import { count } from '../../netlink/netfilter/expr/counter.ts';
import { loadConnection, loadOriginalDestination } from '../../netlink/netfilter/expr/ct.ts';
import { loadDestinationType } from '../../netlink/netfilter/expr/fib.ts';
import { decide, loadConstant } from '../../netlink/netfilter/expr/immediate.ts';
import { inSet, mapWith, notInSet, verdictWith } from '../../netlink/netfilter/expr/lookup.ts';
import { masquerade } from '../../netlink/netfilter/expr/masq.ts';
import { loadMeta, setTraced } from '../../netlink/netfilter/expr/meta.ts';
import { dnat, snat } from '../../netlink/netfilter/expr/nat.ts';
import {
  loadArpSender,
  loadArpSenderMac,
  loadDestination,
  loadDestinationPort,
  loadIcmpType,
  loadNeighbourTarget,
  loadSource,
  loadSourceMac,
} from '../../netlink/netfilter/expr/payload.ts';
import { matchState } from '../../netlink/netfilter/expr/xtables.ts';
import { deleteRule, newRule, putRule } from '../../netlink/netfilter/rule.ts';
import type { Expression } from '../../netlink/netfilter/rule.ts';
import { flushSet, newElements, newSet } from '../../netlink/netfilter/set.ts';
import type { Element, SetSpec } from '../../netlink/netfilter/set.ts';
import type { Table } from '../../netlink/netfilter/nfnetlink.ts';
import { newOwnTable, newTable } from '../../netlink/netfilter/table.ts';
import { attributeTree, readBody, readCapture } from './capture.ts';

const { R0 } = NFT_REG;
const ports: SetSpec = {
  name: 'm',
  key: ['ipv4_addr', 'inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};
const ports6: SetSpec = {
  name: 'm6',
  key: ['ipv6_addr', 'inet_proto', 'inet_service'],
  data: ['ipv6_addr', 'inet_service'],
};
const local: SetSpec = {
  name: 'local',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};
const bridgeTable: Table = { family: 'bridge', name: 't' };
const sources: SetSpec = { name: 'm', key: ['ifname', 'ether_addr'] };
const verdicts: SetSpec = { name: 'verdicts', key: ['ipv4_addr', 'ifname'], isVerdictMap: true };
const direct: SetSpec = { name: 'direct', key: ['ipv4_addr', 'ipv4_addr'], isInterval: true };
const ranges: SetSpec = {
  name: 'm',
  key: ['ipv4_addr', 'ipv4_addr', 'ifname', 'inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
  isInterval: true,
};
const names: SetSpec = { name: 's', key: ['ipv4_addr', 'ifname'] };

function onlyElement(spec: SetSpec, element: Element, table: Table = 't'): AnyRequest {
  const [request] = newElements(table, spec, [element]);
  if (request === undefined) throw new Error('no request for one element');
  return request;
}

const isFamily = (family: 'IPV4' | 'IPV6'): Expression[] => [
  loadMeta('NFPROTO', R0),
  compare('EQ', R0, Uint8Array.of(NFPROTO[family])),
];
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const requests: Record<string, AnyRequest> = {
  table: newTable('t'),
  'table-own': newOwnTable('t'),
  'rule-traced': newRule('t', 'c', [loadConstant(R0, Uint8Array.of(1)), setTraced(R0)], 'traced'),
  chain: newChain('t', 'prerouting', { type: 'nat', hook: 'PRE_ROUTING', priority: -100 }),
  'map-concat': newSet('t', ports),
  'map-port': newSet('t', local),
  map6: newSet('t', ports6),
  'set-ifname': newSet('t', names),
  'set-names': newSet('t', { name: 'names', key: ['ifname'] }),
  'element-map': onlyElement(ports, {
    key: [Ip.parse('192.0.2.1'), 6, 8080],
    data: [Ip.parse('10.1.0.2'), 80],
    owner: 'endpoint a',
  }),
  'element-set': onlyElement(names, { key: [Ip.parse('10.1.0.2'), 'br0'], owner: 'endpoint a' }),
  'set-interval': newSet('t', direct),
  'element-interval': onlyElement(direct, {
    key: [Ip.parse('10.1.0.2'), Ip.parse('10.0.0.0')],
    keyEnd: [Ip.parse('10.1.0.2'), Ip.parse('10.255.255.255')],
    owner: 'endpoint a',
  }),
  'rule-not-in-set': newRule(
    't',
    'postrouting',
    [
      ...isFamily('IPV4'),
      loadSource(4, R0),
      loadDestination(4, R0 + 1),
      notInSet('direct', R0),
      masquerade(),
    ],
    'leaving',
  ),
  'map-range': newSet('t', ranges),
  'element-range': onlyElement(ranges, {
    key: [Ip.parse('10.0.0.0'), Ip.parse('192.0.2.1'), 'eth0', 6, 8080],
    keyEnd: [Ip.parse('10.255.255.255'), Ip.parse('192.0.2.1'), 'eth0', 6, 8080],
    data: [Ip.parse('10.1.0.2'), 80],
    owner: 'endpoint a',
  }),
  'rule-dnat': newRule(
    't',
    'prerouting',
    [
      ...isFamily('IPV4'),
      loadDestination(4, R0),
      loadMeta('L4PROTO', R0 + 1),
      loadDestinationPort(R0 + 2),
      mapWith('m', R0),
      dnat(4, R0, R0 + 1),
    ],
    'published ports',
  ),
  'rule-dnat6': newRule(
    't',
    'prerouting',
    [
      ...isFamily('IPV6'),
      loadDestination(6, R0),
      loadMeta('L4PROTO', R0 + 4),
      loadDestinationPort(R0 + 5),
      mapWith('m6', R0),
      dnat(6, R0, R0 + 4),
    ],
    'published ports',
  ),
  'rule-snat': newRule(
    't',
    'postrouting',
    [...isFamily('IPV4'), loadSource(4, R0), mapWith('m', R0), snat(4, R0)],
    'of choice',
  ),
  'rule-dnat-local': newRule(
    't',
    'prerouting',
    [
      loadDestinationType(R0),
      compare('EQ', R0, bytes(2, 0, 0, 0)),
      loadMeta('L4PROTO', R0),
      loadDestinationPort(R0 + 1),
      mapWith('local', R0),
      dnat(4, R0, R0 + 1),
    ],
    'published ports',
  ),
  'map-verdict': newSet('t', verdicts),
  'element-verdict': onlyElement(verdicts, {
    key: [Ip.parse('10.1.0.2'), 'br0'],
    verdict: { goto: 'c' },
    owner: 'endpoint a',
  }),
  'set-flush': flushSet('t', verdicts),
  'rule-verdicts': newRule(
    't',
    'd',
    [...isFamily('IPV4'), loadSource(4, R0), loadMeta('IIFNAME', R0 + 1), verdictWith(verdicts.name, R0)],
    'policy',
  ),
  'rule-original': newRule(
    't',
    'c',
    [loadOriginalDestination(4, R0), compare('EQ', R0, bytes(10, 1, 0, 2)), decide('return')],
    'meant for',
  ),
  'rule-icmp': newRule(
    't',
    'c',
    [
      ...isFamily('IPV6'),
      loadMeta('L4PROTO', R0),
      compare('EQ', R0, bytes(58)),
      loadIcmpType(R0),
      compare('EQ', R0, bytes(135)),
      decide('accept'),
    ],
    'neighbours',
  ),
  'rule-masquerade': newRule(
    't',
    'postrouting',
    [...isFamily('IPV4'), loadSource(4, R0), loadMeta('OIFNAME', R0 + 1), inSet('s', R0), masquerade()],
    'leaving',
  ),
  'rule-ct': newRule(
    't',
    'filterforward',
    [
      loadConnection('STATUS', R0),
      maskWith(R0, bytes(0x20, 0, 0, 0)),
      compare('NEQ', R0, bytes(0, 0, 0, 0)),
      decide('accept'),
    ],
    'published',
  ),
  'set-guard': newSet(bridgeTable, sources),
  'element-guard': onlyElement(
    sources,
    { key: ['v0', Mac.parse('02:42:0a:01:00:02')], owner: 'endpoint a' },
    bridgeTable,
  ),
  'rule-guard': newRule(
    bridgeTable,
    'c',
    [
      loadMeta('IIFNAME', R0),
      inSet('p', R0),
      loadMeta('IIFNAME', R0),
      loadSourceMac(R0 + 4),
      notInSet('m', R0),
      decide('drop'),
    ],
    'forged',
  ),
  'rule-arp': newRule(
    bridgeTable,
    'c',
    [
      loadMeta('PROTOCOL', R0),
      compare('EQ', R0, bytes(0x08, 0x06)),
      loadMeta('IIFNAME', R0),
      loadArpSenderMac(R0 + 4),
      loadArpSender(R0 + 6),
      inSet('m', R0),
      decide('accept'),
    ],
    'sender',
  ),
  'rule-neighbour': newRule(
    bridgeTable,
    'c',
    [
      loadMeta('PROTOCOL', R0),
      compare('EQ', R0, bytes(0x86, 0xdd)),
      loadMeta('L4PROTO', R0),
      compare('EQ', R0, bytes(58)),
      loadIcmpType(R0),
      compare('EQ', R0, bytes(136)),
      loadNeighbourTarget(R0),
      compare('EQ', R0, Ip.parse('::1').toBytes()),
      decide('drop'),
    ],
    'target',
  ),
  'chain-comment': newRegularChain({ family: 'ip', table: 't', chain: 'c' }, 'tsnet'),
  'rule-devices': newRule(
    'tt',
    'f',
    [loadMeta('IIFNAME', R0), loadMeta('OIFNAME', R0 + 4), inSet('pair2', R0), decide('accept')],
    '',
  ),
  'rule-iptables': putRule(
    { family: 'ip', table: 'filter', chain: 'DOCKER-USER' },
    'last',
    [
      loadMeta('OIFNAME', R0),
      compare('EQ', R0, bytes(...Buffer.from('cni0\0'))),
      matchState('RELATED', 'ESTABLISHED', 'DNAT'),
      count(),
      decide('accept'),
    ],
    '',
  ),
  'rule-delete': deleteRule({ family: 'ip', table: 'nat', chain: 'Y' }, 3n),
  'chain-delete': deleteChain({ family: 'ip', table: 'nat', chain: 'X' }),
  'rule-goto': newRule(
    't',
    'filterforward',
    [loadMeta('OIFNAME', R0), inSet('names', R0), decide({ goto: 'c' })],
    'in',
  ),
};

const ADDED = new Set(['unknown', 'id', 'userdata']);
const REGISTERS = new Set(['register', 'source', 'destination', 'address', 'port']);

/**
 * A decoded value without what nft adds for itself (ids of sets, the types of a concatenation), and with the
 * 16-byte registers 1 to 4 told as the 4-byte registers that they consist of (nf_tables.h, enum nft_registers).
 */
function essence(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && REGISTERS.has(name) && value >= 1 && value <= 4)
    return R0 + 4 * (value - 1);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((one) => essence(one));
  const entries = Object.entries(value).filter(
    ([key, one]) => !ADDED.has(key) && one !== undefined && one !== '',
  );
  return Object.fromEntries(entries.map(([key, one]) => [key, essence(one, key)]));
}

describe('what nft sends', () => {
  it.each(Object.entries(requests))(
    '%s: is written again byte for byte, but for the order of attributes',
    (name, request) => {
      const { attributes, behind } = readBody(name, request);
      const again = encode(request.format.attributes, attributes);
      expect(attributeTree(new DataView(again.buffer))).toEqual(attributeTree(behind));
    },
  );

  it.each(Object.entries(requests))('%s: means what we send', (name, request) => {
    const { header, attributes } = readBody(name, request);
    expect(readCapture(name).type).toBe(request.type);
    expect(request.body.header).toEqual(header);
    expect(essence(request.body.attributes)).toEqual(essence(attributes));
  });

  it('set-names: says that names are in the order of the machine', () => {
    const request = newSet('t', { name: 'names', key: ['ifname'] });
    const { userdata } = request.body.attributes as { userdata: Uint8Array };
    expect(readBody('set-names', request).attributes).toMatchObject({ userdata });
  });

  it('rule-ifname: compares a name in all its 16 bytes', () => {
    const name = Uint8Array.from({ length: 16 }, (_, at) => 'br0'.charCodeAt(at) || 0);
    const expressions = [loadMeta('IIFNAME', R0), compare('NEQ', R0, name), decide('drop')];
    const { attributes } = readBody('rule-ifname', newRule('t', 'c', [], ''));
    expect(essence(attributes)).toEqual(essence({ table: 't', chain: 'filterforward', expressions }));
  });
});
