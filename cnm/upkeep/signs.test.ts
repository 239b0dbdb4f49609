import { expect, test } from 'vitest';
import { InterfaceAddress } from '../../address/index.ts';
import { encodeMessage, splitMessages } from '../../netlink/message.ts';
import type { AnyRequest, Message } from '../../netlink/message.ts';
import { nftRequest } from '../../netlink/netfilter/nfnetlink.ts';
import { attr, attrs } from '../../netlink/attributes.ts';
import { deleteAddress } from '../../netlink/route/address.ts';
import { AF, RTM } from '../../netlink/route/constants.ts';
import { ifinfomsg, setLink } from '../../netlink/route/link.ts';
import { cstring } from '../../netlink/scalar.ts';
import { mayHurtLinks, placesOf } from './signs.ts';

function told(request: AnyRequest, port = 0): Message {
  const [message] = splitMessages(encodeMessage(request, 0, 1));
  if (message === undefined) throw new Error('nothing was encoded');
  return { ...message, port };
}

interface Shown {
  readonly index: number;
  readonly kind: 'bridge' | 'veth';
  readonly isUp?: boolean;
  readonly family?: number;
}

function link(type: 'NEWLINK' | 'DELLINK', { index, kind, isUp = true, family = AF.UNSPEC }: Shown): Message {
  const request = setLink({ index }, { ifname: `if${index}`, info: { kind } });
  const header = ifinfomsg.make({ family, index, flags: isUp ? 1 : 0 });
  return told({ ...request, type: RTM[type], body: { ...request.body, header } });
}

const veth = { index: 7, kind: 'veth' } as const;
const bridge = { index: 3, kind: 'bridge' } as const;
const lost = (index: number): Message => told(deleteAddress(index, InterfaceAddress.parse('10.1.0.1/24')));

test.each<[string, boolean, Message[]]>([
  ['nothing', false, []],
  ['a new veth', false, [link('NEWLINK', { ...veth, isUp: false }), link('NEWLINK', veth)]],
  ['a veth deleted', false, [link('DELLINK', { ...veth, family: AF.BRIDGE }), link('DELLINK', veth)]],
  ['a veth set down', true, [link('NEWLINK', { ...veth, isUp: false })]],
  ['a veth set down and deleted', false, [link('NEWLINK', { ...veth, isUp: false }), link('DELLINK', veth)]],
  ['a port pulled out', true, [link('DELLINK', { ...veth, family: AF.BRIDGE }), link('NEWLINK', veth)]],
  ['a bridge deleted', true, [link('DELLINK', bridge)]],
  ['a bridge set down', true, [link('NEWLINK', { ...bridge, isUp: false })]],
  ['a new bridge', false, [link('NEWLINK', { ...bridge, isUp: false }), link('NEWLINK', bridge)]],
  ['an address taken away', true, [lost(3)]],
  ['the addresses of a veth that is deleted', false, [lost(7), link('DELLINK', veth)]],
])('%s: may hurt links: %s', (_name, expected, messages) => {
  expect(mayHurtLinks(messages)).toBe(expected);
});

const inTable = attrs('any', { table: attr(1, cstring) });
const change = (family: 'inet' | 'ip' | 'bridge', table: string, port: number): Message =>
  told(nftRequest('DELRULE', 'x', 0, inTable, { table }, family), port);

test('changes of tables by others concern tables of that name and the filters', () => {
  expect([...placesOf([change('inet', 'tsnet', 7), change('bridge', 'tsnet', 7)], 5)]).toEqual(['tables']);
  expect([...placesOf([change('ip', 'filter', 7)], 5)]).toEqual(['filters']);
  expect([...placesOf([change('inet', 'filter', 7), change('ip', 'nat', 7)], 5)]).toEqual([]);
});

test('what it has done itself is of no concern, unless it does not know itself yet', () => {
  expect([...placesOf([change('inet', 'tsnet', 5)], 5)]).toEqual([]);
  expect([...placesOf([change('inet', 'tsnet', 5)], undefined)]).toEqual(['tables']);
});
