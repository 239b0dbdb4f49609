// nf_tables against the kernel of this machine, told by nft.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ip } from '../../address/index.ts';
import { KernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { newChain } from '../../netlink/netfilter/chain.ts';
import { NFPROTO, NFT_REG } from '../../netlink/netfilter/constants.ts';
import { maskWith } from '../../netlink/netfilter/expr/bitwise.ts';
import { compare } from '../../netlink/netfilter/expr/cmp.ts';
import { loadConnection } from '../../netlink/netfilter/expr/ct.ts';
import { loadDestinationType } from '../../netlink/netfilter/expr/fib.ts';
import { decide } from '../../netlink/netfilter/expr/immediate.ts';
import { inSet, mapWith } from '../../netlink/netfilter/expr/lookup.ts';
import { masquerade } from '../../netlink/netfilter/expr/masq.ts';
import { loadMeta } from '../../netlink/netfilter/expr/meta.ts';
import { dnat } from '../../netlink/netfilter/expr/nat.ts';
import { loadDestination, loadDestinationPort, loadSource } from '../../netlink/netfilter/expr/payload.ts';
import { commit } from '../../netlink/netfilter/nfnetlink.ts';
import { newRule } from '../../netlink/netfilter/rule.ts';
import type { Expression } from '../../netlink/netfilter/rule.ts';
import { deleteElements, hasElement, newElements, newSet } from '../../netlink/netfilter/set.ts';
import type { Element, SetSpec } from '../../netlink/netfilter/set.ts';
import { deleteTable, newTable } from '../../netlink/netfilter/table.ts';
import { TestNamespace, titled, whyNotHere } from './namespace.ts';

const reason = whyNotHere('nft');
const { R0 } = NFT_REG;
const ports: SetSpec = {
  name: 'ports',
  key: ['ipv4_addr', 'inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};
const ports6: SetSpec = {
  name: 'ports6',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv6_addr', 'inet_service'],
};
const behind: SetSpec = { name: 'behind', key: ['ipv4_addr', 'ifname'] };
const single: SetSpec[] = [
  { name: 'four', key: ['ipv4_addr'] },
  { name: 'six', key: ['ipv6_addr'] },
  { name: 'names', key: ['ifname'] },
  { name: 'services', key: ['inet_service'] },
];

function port(number: number): Element {
  return { key: [Ip.parse('192.0.2.1'), 6, number], data: [Ip.parse('10.1.0.2'), 80], owner: 'endpoint a' };
}

describe.skipIf(reason !== undefined)(titled('nf_tables netlink', reason), () => {
  let inside: TestNamespace;
  beforeEach(() => {
    inside = new TestNamespace();
  });
  afterEach(() => {
    inside[Symbol.dispose]();
  });

  const apply = (...requests: AnyRequest[]): void => {
    commit(inside.netfilter, requests);
  };
  const shown = (...what: string[]): string => inside.run('nft', ...what).replaceAll(/\s+/g, ' ');
  function refusal(...requests: AnyRequest[]): unknown {
    try {
      apply(...requests);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  describe('sets and maps', () => {
    it('of ours are what nft shows, their elements with their owner', () => {
      apply(
        newTable('t'),
        ...[ports, ports6, behind].map((spec) => newSet('t', spec)),
        ...newElements('t', ports, [port(8080)]),
        ...newElements('t', ports6, [{ key: [17, 53], data: [Ip.parse('fd00::2'), 5353] }]),
        ...newElements('t', behind, [{ key: [Ip.parse('10.1.0.2'), 'br0'], owner: 'endpoint b' }]),
      );
      expect(shown('list', 'map', 'inet', 't', 'ports')).toContain(
        'type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service ' +
          'elements = { 192.0.2.1 . tcp . 8080 comment "endpoint a" : 10.1.0.2 . 80 }',
      );
      expect(shown('list', 'map', 'inet', 't', 'ports6')).toContain(
        'elements = { udp . 53 : fd00::2 . 5353 }',
      );
      expect(shown('list', 'set', 'inet', 't', 'behind')).toContain(
        'type ipv4_addr . ifname elements = { 10.1.0.2 . "br0" comment "endpoint b" }',
      );
    });

    it('of a single field are what nft shows', () => {
      const fields = [Ip.parse('10.0.0.1'), Ip.parse('fd00::1'), 'br0', 8080];
      apply(
        newTable('t'),
        ...single.flatMap((spec, at) => [
          newSet('t', spec),
          ...newElements('t', spec, [{ key: [fields[at] ?? ''] }]),
        ]),
      );
      const elements = single.map(
        ({ name }) => /elements = \{ (.*?) \}/.exec(shown('list', 'set', 'inet', 't', name))?.[1],
      );
      expect(elements).toEqual(['10.0.0.1', 'fd00::1', '"br0"', '8080']);
    });

    it('of nft are what we find our elements in', () => {
      inside.run('nft', 'add table inet t');
      inside.run(
        'nft',
        'add map inet t ports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service ; }',
      );
      inside.run('nft', 'add element inet t ports { 192.0.2.1 . tcp . 8080 : 10.1.0.2 . 80 }');
      const has = (element: Element): boolean => hasElement(inside.netfilter, 't', ports, element);
      expect(has(port(8080))).toBe(true);
      expect(has(port(8081))).toBe(false);
      expect(has({ ...port(8080), data: [Ip.parse('10.1.0.3'), 80] })).toBe(false);
    });

    it('take elements that are there already, and refuse to remove one that is not', () => {
      apply(newTable('t'), newSet('t', ports), ...newElements('t', ports, [port(80)]));
      apply(...newElements('t', ports, [port(80), port(81)]));
      apply(...deleteElements('t', ports, [port(80)]));
      expect(hasElement(inside.netfilter, 't', ports, port(80))).toBe(false);
      expect(hasElement(inside.netfilter, 't', ports, port(81))).toBe(true);
      expect(refusal(...deleteElements('t', ports, [port(80)]))).toMatchObject({ errno: 'ENOENT' });
    });

    it('take and give back a thousand elements in one transaction', () => {
      const elements = Array.from({ length: 1000 }, (_, at) => port(at + 1));
      apply(newTable('t'), newSet('t', ports), ...newElements('t', ports, elements));
      const count = (): number => shown('list', 'map', 'inet', 't', 'ports').split('endpoint a').length - 1;
      expect(count()).toBe(1000);
      apply(...deleteElements('t', ports, elements));
      expect(count()).toBe(0);
    });
  });

  describe('rules', () => {
    const is4: Expression[] = [loadMeta('NFPROTO', R0), compare('EQ', R0, Uint8Array.of(NFPROTO.IPV4))];
    const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
    it.each<[string, Expression[]]>([
      [
        'dnat ip to ip daddr . meta l4proto . th dport map @ports',
        [
          ...is4,
          loadDestination(4, R0),
          loadMeta('L4PROTO', R0 + 1),
          loadDestinationPort(R0 + 2),
          mapWith('ports', R0),
          dnat(4, R0, R0 + 1),
        ],
      ],
      [
        'meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6',
        [
          loadMeta('NFPROTO', R0),
          compare('EQ', R0, Uint8Array.of(NFPROTO.IPV6)),
          loadMeta('L4PROTO', R0),
          loadDestinationPort(R0 + 1),
          mapWith('ports6', R0),
          dnat(6, R0, R0 + 4),
        ],
      ],
      [
        'fib daddr type local accept',
        [loadDestinationType(R0), compare('EQ', R0, word(2)), decide('accept')],
      ],
      [
        'ip saddr . oifname @behind return',
        [...is4, loadSource(4, R0), loadMeta('OIFNAME', R0 + 1), inSet('behind', R0), decide('return')],
      ],
      [
        'ct status dnat accept',
        [
          loadConnection('STATUS', R0),
          maskWith(R0, word(0x20)),
          compare('NEQ', R0, word(0)),
          decide('accept'),
        ],
      ],
      ['jump other', [decide({ jump: 'other' })]],
      ['goto other', [decide({ goto: 'other' })]],
      ['drop', [decide('drop')]],
    ])('%s', (text, expressions) => {
      apply(
        newTable('t'),
        ...[ports, ports6, behind].map((spec) => newSet('t', spec)),
        newChain('t', 'other'),
        newChain('t', 'c', { type: 'nat', hook: 'PRE_ROUTING', priority: -90 }),
        newRule('t', 'c', expressions, 'why'),
      );
      expect(shown('list', 'chain', 'inet', 't', 'c')).toBe(
        `table inet t { chain c { type nat hook prerouting priority dstnat + 10; policy accept; ${text} comment "why" } } `,
      );
    });

    it('masquerade, and come in the order they were asked for', () => {
      apply(
        newTable('t'),
        newChain('t', 'c', { type: 'nat', hook: 'POST_ROUTING', priority: 100 }),
        newRule('t', 'c', [masquerade()], 'first'),
        newRule('t', 'c', [decide('accept')], 'second'),
      );
      expect(shown('list', 'chain', 'inet', 't', 'c')).toContain(
        'masquerade comment "first" accept comment "second"',
      );
    });
  });

  describe('a transaction', () => {
    it('applies whole or not at all', () => {
      apply(newTable('t'), newSet('t', ports));
      const error = refusal(
        ...newElements('t', ports, [port(80)]),
        newChain('t', 'c'),
        newRule('t', 'none', [], 'why'),
      );
      expect(error).toBeInstanceOf(KernelError);
      expect(error).toMatchObject({ errno: 'ENOENT', operation: 'NFT_MSG_NEWRULE', attribute: 'rule.chain' });
      expect(shown('list', 'ruleset')).not.toMatch(/elements|chain/);
    });

    it('names the expression at fault', () => {
      const expressions = [loadMeta('IIFNAME', R0), inSet('none', R0), decide('accept')];
      const error = refusal(newTable('t'), newChain('t', 'c'), newRule('t', 'c', expressions, 'why'));
      expect(error).toMatchObject({ errno: 'ENOENT' });
      expect((error as KernelError).attribute).toContain('rule.expressions.[1]');
      expect(shown('list', 'ruleset')).toBe('');
    });

    it('deletes a table with all that is in it', () => {
      apply(newTable('t'), newSet('t', ports), ...newElements('t', ports, [port(80)]), newChain('t', 'c'));
      apply(newTable('t'));
      expect(shown('list', 'ruleset')).toContain('192.0.2.1');
      apply(deleteTable('t'));
      expect(shown('list', 'ruleset')).toBe('');
      expect(refusal(deleteTable('t'))).toMatchObject({ errno: 'ENOENT' });
    });
  });
});
