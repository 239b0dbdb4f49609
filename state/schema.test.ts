import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { InterfaceAddress, Ip } from '../address/index.ts';
import { endpointOf, openStore, temporaryFolder } from '../test/temporary-store.ts';
import { Database } from './database.ts';
import { deleteEndpoint, insertEndpoint } from './endpoint.ts';
import { holderOf, insertLease, leasesOf } from './lease.ts';
import { hasPorts, holderOfPort, insertPorts, portsOf } from './port.ts';
import type { PublishedPort } from './port.ts';
import { schema } from './schema.ts';

const [one, other] = [endpointOf('one'), endpointOf('other')];

function openWithTwo(): Database {
  const db = openStore();
  insertEndpoint(db, one);
  insertEndpoint(db, other);
  return db;
}

function portOf(hostIp: string, changes: Partial<PublishedPort> = {}): PublishedPort {
  const ip = Ip.parse(hostIp);
  const containerIp = Ip.parse(ip.family === 4 ? '10.1.0.2' : 'fd00::2');
  return { protocol: 'tcp', hostIp: ip, hostPort: 8080, containerIp, containerPort: 80, ...changes };
}

function leaseOf(endpoint: string, address: string, network = 'net') {
  return { network, endpoint, address: InterfaceAddress.parse(address), gateway: undefined };
}

test('an endpoint is recorded once', () => {
  const db = openWithTwo();
  expect(() => {
    insertEndpoint(db, one);
  }).toThrow(
    expect.objectContaining({
      code: 'TSNET_EXISTS',
      message: 'container "one" is already attached to network "net" as "eth0": delete it first',
    }),
  );
});

test.each([{ mode: 'macvlan' as 'bridge' }, { state: 'done' as 'ready' }])('%j is refused', (changes) => {
  expect(() => {
    insertEndpoint(openStore(), endpointOf('one', changes));
  }).toThrow('CHECK');
});

test('an address of a network has one holder, and the same of another network another', () => {
  const db = openWithTwo();
  insertLease(db, leaseOf(one.id, '10.1.0.2/24'));
  expect(() => {
    insertLease(db, leaseOf(other.id, '10.1.0.2/16'));
  }).toThrow('UNIQUE');
  insertLease(db, leaseOf(other.id, '10.1.0.2/24', 'elsewhere'));
  expect(holderOf(db, 'net', Ip.parse('10.1.0.2'))).toBe(one.id);
  expect(holderOf(db, 'elsewhere', Ip.parse('10.1.0.2'))).toBe(other.id);
});

test('nothing belongs to an endpoint that is not there', () => {
  const db = openStore();
  expect(() => {
    insertLease(db, leaseOf('nobody', '10.1.0.2/24'));
  }).toThrow('FOREIGN KEY');
  expect(() => {
    insertPorts(db, 'nobody', [portOf('0.0.0.0')]);
  }).toThrow('FOREIGN KEY');
});

test('with an endpoint go its leases and ports, and no others', () => {
  const db = openWithTwo();
  insertLease(db, leaseOf(one.id, '10.1.0.2/24'));
  insertLease(db, leaseOf(other.id, '10.1.0.3/24'));
  insertPorts(db, one.id, [portOf('0.0.0.0')]);
  insertPorts(db, other.id, [portOf('0.0.0.0', { hostPort: 8081 })]);
  deleteEndpoint(db, one.id);
  expect(db.all('SELECT endpoint FROM lease UNION ALL SELECT endpoint FROM port')).toEqual([
    { endpoint: other.id },
    { endpoint: other.id },
  ]);
});

test('leases come back as they went in, IPv4 first', () => {
  const db = openWithTwo();
  const ipv6 = { ...leaseOf(one.id, 'fd00::2/64'), gateway: Ip.parse('fd00::1') };
  const ipv4 = leaseOf(one.id, '10.1.0.2/24');
  insertLease(db, ipv6);
  insertLease(db, ipv4);
  expect(leasesOf(db, one.id)).toEqual([ipv4, ipv6]);
});

test.each([
  ['0.0.0.0', '0.0.0.0'],
  ['0.0.0.0', '192.0.2.1'],
  ['192.0.2.1', '0.0.0.0'],
  ['192.0.2.1', '192.0.2.1'],
  ['::', '::'],
  ['::', '2001:db8::1'],
  ['2001:db8::1', '::'],
  ['2001:db8::1', '2001:db8::1'],
])('a port on %s keeps others from the same on %s', (first, second) => {
  const db = openWithTwo();
  insertPorts(db, one.id, [portOf(first)]);
  const again = (): void => {
    insertPorts(db, other.id, [portOf(second)]);
  };
  expect(again).toThrow(expect.objectContaining({ code: 'TSNET_PORT_IN_USE', port: portOf(second) }));
  expect(holderOfPort(db, portOf(second))).toBe(one.id);
});

test.each([
  ['192.0.2.1', portOf('192.0.2.2')],
  ['0.0.0.0', portOf('::')],
  ['::', portOf('192.0.2.1')],
  ['0.0.0.0', portOf('0.0.0.0', { protocol: 'udp' })],
  ['0.0.0.0', portOf('0.0.0.0', { hostPort: 8081 })],
])('a port on %s is no obstacle to %j', (first, second) => {
  const db = openWithTwo();
  insertPorts(db, one.id, [portOf(first)]);
  expect(holderOfPort(db, second)).toBeUndefined();
  insertPorts(db, other.id, [second]);
  expect(portsOf(db, other.id)).toEqual([second]);
});

test('the error of a taken port names address, port and protocol', () => {
  const db = openWithTwo();
  insertPorts(db, one.id, [portOf('::')]);
  expect(() => {
    insertPorts(db, other.id, [portOf('::')]);
  }).toThrow('host port [::]:8080/tcp is already published');
});

test.each([{ hostPort: 0 }, { hostPort: 65536 }, { containerPort: 0 }, { containerIp: Ip.parse('fd00::2') }])(
  'a port with %j is refused',
  (changes) => {
    const db = openWithTwo();
    expect(() => {
      insertPorts(db, one.id, [portOf('0.0.0.0', changes)]);
    }).toThrow('CHECK');
  },
);

test('a bridge has ports as long as an endpoint behind it has', () => {
  const db = openWithTwo();
  expect(hasPorts(db, 'br0')).toBe(false);
  insertPorts(db, one.id, [portOf('127.0.0.1')]);
  expect(hasPorts(db, 'br0')).toBe(true);
  expect(hasPorts(db, 'br1')).toBe(false);
  deleteEndpoint(db, one.id);
  expect(hasPorts(db, 'br0')).toBe(false);
});

test('whether a bridge has ports is looked up, not searched for', () => {
  const db = openWithTwo();
  const asked = vi.spyOn(db, 'get');
  hasPorts(db, 'br0');
  const [sql = '', bridge = ''] = asked.mock.lastCall ?? [];
  const steps = db.all(`EXPLAIN QUERY PLAN ${sql}`, bridge).map(({ detail }) => detail);
  expect(steps).toEqual([
    expect.stringMatching(/^SEARCH endpoint USING .*INDEX endpoint_has_ports \(bridge=\?\)$/),
  ]);
});

test('ports that were published before there was a column for it are known', () => {
  const path = join(temporaryFolder(), 'state.db');
  const before = new Database(path, schema.slice(0, 5), false);
  for (const { id, container, bridge = '' } of [one, endpointOf('far', { bridge: 'br1' })])
    before.run(
      `INSERT INTO endpoint (id, network, container, ifname, mode, state, netns, netns_device, netns_inode, bridge, created)
       VALUES (?, 'net', ?, 'eth0', 'bridge', 'ready', '', 1, 1, ?, '')`,
      id,
      container,
      bridge,
    );
  before.run("INSERT INTO port VALUES (6, 8080, x'00000000', x'0a010002', 80, ?)", one.id);
  before.close();
  const db = openStore(path);
  expect(['br0', 'br1'].map((bridge) => hasPorts(db, bridge))).toEqual([true, false]);
});

test('ports that collide with each other are refused, the later one named', () => {
  const db = openWithTwo();
  const ports = [portOf('0.0.0.0'), portOf('0.0.0.0', { hostPort: 8081 }), portOf('127.0.0.1')];
  expect(() => {
    db.transaction(() => {
      insertPorts(db, one.id, ports);
    });
  }).toThrow('host port 127.0.0.1:8080/tcp is already published');
  expect(portsOf(db, one.id)).toEqual([]);
});
