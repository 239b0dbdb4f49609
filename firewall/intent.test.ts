import { expect, test } from 'vitest';
import { Cidr, Ip } from '../address/index.ts';
import type { PublishedPort } from '../state/port.ts';
import { elementsOf } from './intent.ts';
import type { Intent } from './intent.ts';

const [ipv4, ipv6] = [Ip.parse('10.1.0.2'), Ip.parse('fd00::2')];

const web: PublishedPort = {
  protocol: 'tcp',
  hostIp: Ip.parse('0.0.0.0'),
  hostPort: 8080,
  containerIp: ipv4,
  containerPort: 80,
};

function intentOf(changes: Partial<Intent> = {}): Intent {
  return {
    owner: 'net/one/eth0',
    bridge: 'br0',
    addresses: [ipv4],
    isMasqueraded: false,
    direct: [],
    ports: [],
    ...changes,
  };
}

/** The elements by the name of their set. */
function elements(...intents: Intent[]): Record<string, unknown> {
  return Object.fromEntries(elementsOf(intents).map(({ set, elements }) => [set.name, elements]));
}

const owner = 'net/one/eth0';

test('an address is known behind its bridge, in the set of its family', () => {
  expect(elements(intentOf({ addresses: [ipv4, ipv6] }))).toEqual({
    endpoints4: [{ key: [ipv4, 'br0'], owner }],
    endpoints6: [{ key: [ipv6, 'br0'], owner }],
  });
});

test('masquerade holds the addresses, not the subnet', () => {
  expect(elements(intentOf({ addresses: [ipv4, ipv6], isMasqueraded: true }))).toMatchObject({
    masquerade4: [{ key: [ipv4], owner }],
    masquerade6: [{ key: [ipv6], owner }],
  });
});

test('where a masqueraded address goes to as it is: a range of destinations, of its family', () => {
  const direct = [Cidr.parse('10.0.0.0/8'), Cidr.parse('fd00::/8')];
  const intent = intentOf({ addresses: [ipv4], isMasqueraded: true, direct });
  const [first, last] = [Ip.parse('10.0.0.0'), Ip.parse('10.255.255.255')];
  expect(elements(intent)).toMatchObject({ direct4: [{ key: [ipv4, first], keyEnd: [ipv4, last], owner }] });
  expect(elements(intent)).not.toHaveProperty('direct6');
  expect(elements({ ...intent, isMasqueraded: false })).not.toHaveProperty('direct4');
});

test('nobody calls a concealed address, but from the blocks of its family', () => {
  const [first, last] = [Ip.parse('10.0.0.0'), Ip.parse('10.255.255.255')];
  const callers = [Cidr.parse('10.0.0.0/8'), Cidr.parse('fd00::/8')];
  const concealed = elements(intentOf({ callers }));
  expect(concealed).toMatchObject({
    concealed4: [{ key: [ipv4], owner }],
    callers4: [{ key: [ipv4, first], keyEnd: [ipv4, last], owner }],
  });
  expect(concealed).not.toHaveProperty('callers6');
  expect(Object.keys(elements(intentOf({ callers: [] })))).toEqual(['endpoints4', 'concealed4']);
  expect(elements(intentOf())).not.toHaveProperty('concealed4');
});

test('behind the gateway of a VLAN an address is known behind its bridge, too', () => {
  expect(elements(intentOf({ bridge: 'br0.5', plug: 'br0' }))).toEqual({
    endpoints4: [
      { key: [ipv4, 'br0.5'], owner },
      { key: [ipv4, 'br0'], owner },
    ],
  });
  expect(elements(intentOf({ plug: 'br0' }))).toEqual(elements(intentOf()));
});

test('a port of every address has no address in its key', () => {
  const six = { ...web, hostIp: Ip.parse('::'), containerIp: ipv6, protocol: 'udp' as const };
  expect(elements(intentOf({ addresses: [], ports: [web, six] }))).toEqual({
    any_ports4: [{ key: [6, 8080], data: [ipv4, 80], owner }],
    any_ports6: [{ key: [17, 8080], data: [ipv6, 80], owner }],
  });
});

test('a port of one address has it in its key', () => {
  const hostIp = Ip.parse('127.0.0.1');
  const sctp = { ...web, hostIp, protocol: 'sctp' as const };
  expect(elements(intentOf({ addresses: [], ports: [sctp] }))).toEqual({
    ports4: [{ key: [hostIp, 132, 8080], data: [ipv4, 80], owner }],
  });
});

test('an endpoint that wants nothing makes no element', () => {
  expect(elementsOf([intentOf({ addresses: [], isMasqueraded: true })])).toEqual([]);
});

test('the elements of several are gathered by set, in order, each with its owner', () => {
  const other = Ip.parse('10.1.0.3');
  const second = intentOf({ owner: 'net/two/eth0', addresses: [other] });
  expect(elementsOf([intentOf({ ports: [web] }), second]).map(({ set }) => set.name)).toEqual([
    'endpoints4',
    'any_ports4',
  ]);
  expect(elements(intentOf(), second)).toEqual({
    endpoints4: [
      { key: [ipv4, 'br0'], owner },
      { key: [other, 'br0'], owner: 'net/two/eth0' },
    ],
  });
});

test('clients are hidden, or seen, by the port of the container, each once', () => {
  const ports = [web, { ...web, hostPort: 8081 }];
  const key = [ipv4, 6, 80];
  const published = (masquerade: 'always' | 'never') =>
    elements(intentOf({ addresses: [], ports, publishing: { masquerade, conditions: {} } }));
  expect(published('always')['hidden4']).toEqual([{ key, owner }]);
  expect(published('never')['visible4']).toEqual([{ key, owner }]);
});

test('a port with conditions is in maps of its own', () => {
  const iifname = { value: 'eth0', isNegated: false };
  const published = (condition: object) =>
    Object.keys(
      elements(
        intentOf({
          addresses: [],
          ports: [web],
          publishing: { masquerade: 'needed', conditions: { 4: condition } },
        }),
      ),
    );
  expect(published({})).toEqual(['conditional_ports4']);
  expect(published({ iifname })).toEqual(['interface_ports4']);
  expect(published({ iifname: { ...iifname, isNegated: true } })).toEqual([
    'conditional_ports4',
    'exceptions4',
  ]);
});
