import { expect, test } from 'vitest';
import { Cidr, InterfaceAddress, Ip } from '../../address/index.ts';
import { RT_TABLE } from '../../netlink/route/constants.ts';
import type { SourceAddress } from '../request.ts';
import type { KeptRoute } from './kept-route.ts';
import { parsePlan, planRouting } from './plan.ts';

function address(text: string, gateway?: string): SourceAddress {
  return {
    address: InterfaceAddress.parse(text),
    gateway: gateway === undefined ? undefined : Ip.parse(gateway),
  };
}

function route(dst: string, more: { via?: string; src?: string } = {}): KeptRoute {
  return {
    dst: Cidr.parse(dst),
    gateway: more.via === undefined ? undefined : Ip.parse(more.via),
    source: more.src === undefined ? undefined : Ip.parse(more.src),
  };
}

function plan(
  addresses: SourceAddress[],
  routes: KeptRoute[],
  more: { gateways?: string[]; table?: number; hasSourceHints?: boolean } = {},
) {
  const { gateways = [], table, hasSourceHints = false } = more;
  const wishes = { addresses, table, hasSourceHints, gateways: gateways.map((text) => Ip.parse(text)) };
  return planRouting(wishes, routes, [100, 101, 102]);
}

const text = ({ dst, gateway, source, table }: KeptRoute): string =>
  [
    dst.toString(),
    ...(gateway === undefined ? [] : [`via ${gateway.toString()}`]),
    ...(source === undefined ? [] : [`src ${source.toString()}`]),
    ...(table === undefined ? [] : [`table ${table}`]),
  ].join(' ');

const connected = route('10.2.0.0/24', { src: '10.2.0.2' });

test('each address has a rule and a table; its routes go there, those without a gateway first', () => {
  const routes = [route('0.0.0.0/0', { via: '10.2.0.1' }), connected, route('fd00:2::/64')];
  const { rules, laid, taken } = plan([address('10.2.0.2/24', '10.2.0.1'), address('fd00:2::2/64')], routes);
  expect(rules.map(({ source, table }) => `${source.toString()} ${table}`)).toEqual([
    '10.2.0.2 100',
    'fd00:2::2 101',
  ]);
  expect(laid.map(text)).toEqual([
    '10.2.0.0/24 src 10.2.0.2 table 100',
    '0.0.0.0/0 via 10.2.0.1 table 100',
    'fd00:2::/64 table 101',
  ]);
  expect(taken).toEqual(routes);
});

test('an address whose gateway is known gets a default route', () => {
  const { laid } = plan([address('10.2.0.2/24', '10.2.0.1')], [connected]);
  expect(laid.map(text)).toEqual(['10.2.0.0/24 src 10.2.0.2 table 100', '0.0.0.0/0 via 10.2.0.1 table 100']);
});

test('gateways of the configuration come before all others', () => {
  const { laid } = plan(
    [address('10.2.0.2/24', '10.2.0.1'), address('fd00:2::2/64', 'fd00:2::1')],
    [connected, route('0.0.0.0/0', { via: '10.2.0.1' })],
    { gateways: ['10.2.0.254'] },
  );
  expect(laid.map(text)).toEqual([
    '10.2.0.0/24 src 10.2.0.2 table 100',
    '0.0.0.0/0 via 10.2.0.254 table 100',
    '::/0 via fd00:2::1 table 101',
  ]);
});

test('two subnets on one interface: a route goes where its source or gateway is, else to both', () => {
  const other = route('10.3.0.0/24', { src: '10.3.0.2' });
  const far = route('10.9.0.0/16', { via: '10.3.0.1' });
  const through = route('10.8.0.0/16', { via: '10.7.0.1' });
  const { laid } = plan([address('10.2.0.2/24'), address('10.3.0.2/24')], [connected, other, far, through]);
  expect(laid.map(text)).toEqual([
    '10.2.0.0/24 src 10.2.0.2 table 100',
    '10.8.0.0/16 via 10.7.0.1 table 100',
    '10.3.0.0/24 src 10.3.0.2 table 101',
    '10.9.0.0/16 via 10.3.0.1 table 101',
    '10.8.0.0/16 via 10.7.0.1 table 101',
  ]);
});

test('an IPv6 default route by a link-local gateway is moved, the link-local route is copied', () => {
  const ofLink = route('fe80::/64');
  const routes = [ofLink, route('fd00:2::/64'), route('::/0', { via: 'fe80::1' })];
  const { laid, taken } = plan([address('fd00:2::2/64')], routes);
  expect(laid.map(text)).toEqual([
    'fe80::/64 table 100',
    'fd00:2::/64 table 100',
    '::/0 via fe80::1 table 100',
  ]);
  expect(taken.map(text)).toEqual(['fd00:2::/64', '::/0 via fe80::1']);
});

test('source hints: one route to each subnet stays in the main table', () => {
  const addresses = [
    address('10.2.0.2/24'),
    address('10.2.0.3/24'),
    address('fd00:2::2/64'),
    address('10.5.0.1/32'),
  ];
  const { laid } = plan(addresses, [], { hasSourceHints: true });
  expect(laid.map(text)).toEqual([
    `10.2.0.0/24 src 10.2.0.2 table ${RT_TABLE.MAIN}`,
    `fd00:2::/64 src fd00:2::2 table ${RT_TABLE.MAIN}`,
  ]);
});

test("with somebody else's table there are rules alone", () => {
  const { tables, rules, laid, taken } = plan([address('10.2.0.2/24', '10.2.0.1')], [connected], {
    table: 5000,
  });
  expect(rules).toMatchObject([{ table: 5000 }]);
  expect([tables, laid, taken]).toEqual([[], [], []]);
});

test('a plan is read as it was written', () => {
  const made = plan(
    [address('10.2.0.2/24', '10.2.0.1')],
    [{ ...connected, mtu: 1400, protocol: 2, scope: 253 }],
  );
  expect(parsePlan(JSON.stringify(made))).toEqual(made);
});
