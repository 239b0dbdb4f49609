// podman 4 with our plugin `bridge` in place of the reference's bridge, portmap, firewall and tuning.
import { expect } from 'vitest';
import { HOST, OUTSIDE } from '../netns/lab.ts';
import { addressesOf, elementsOf, linksOf, tablesOf } from '../netns/look.ts';
import { reach } from '../netns/reach.ts';
import { readStore } from '../netns/store.ts';
import { get } from './places.ts';
import { test } from './podman.ts';

const NET = ['--network', 'net'];

interface Inspected {
  readonly NetworkSettings: {
    readonly Networks: Record<string, { readonly IPAddress: string; readonly MacAddress: string }>;
  };
}

test('a container has addresses, a route and loopback, and nothing stays of it', ({ engine, lab }) => {
  const said = engine.run({
    options: NET,
    command: ['sh', '-c', 'ip address; ip route; ip -6 route'],
  });
  expect(said).toContain('inet 10.1.0.2/24');
  expect(said).toContain('inet6 fd00:1::2/64');
  expect(said).toContain('default via 10.1.0.1 dev eth0');
  expect(said).toContain('default via fd00:1::1 dev eth0');
  expect(said).toContain('inet 127.0.0.1/8');
  expect(tablesOf(lab)).toEqual([]);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(readStore(lab).endpoint).toEqual([]);
});

test("a published port answers on the host's loopback, to neighbours and outside", ({ engine, lab }) => {
  lab.addOutside();
  engine.serve('web', ...NET, '--publish', '8080:80', '--publish', '127.0.0.1:8081:80');
  for (const address of ['127.0.0.1', '::1', '192.0.2.2'])
    expect([address, reach(lab, HOST, { address, port: 8080 })]).toEqual([address, 'hello']);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081 })).toBe('hello');
  expect(reach(lab, OUTSIDE.name, { address: '192.0.2.2', port: 8080 })).toBe('hello');
  expect(reach(lab, OUTSIDE.name, { address: '192.0.2.2', port: 8081 })).toBeUndefined();
  const neighbour = { options: NET, command: get('http://10.1.0.1:8080/') };
  expect(engine.run(neighbour)).toBe('hello');
  expect(engine.podman('port', 'web').split('\n')).toContain('80/tcp -> 0.0.0.0:8080');
});

test('the address and the MAC that were asked for', ({ engine }) => {
  engine.serve('web', ...NET, '--ip', '10.1.0.50', '--mac-address', '02:00:00:00:00:77');
  const said = engine.podman('exec', 'web', 'ip', 'address', 'show', 'eth0');
  expect(said).toContain('inet 10.1.0.50/24');
  expect(said).toContain('link/ether 02:00:00:00:00:77');
  const [inspected] = JSON.parse(engine.podman('inspect', 'web')) as Inspected[];
  expect(inspected?.NetworkSettings.Networks['net']).toMatchObject({
    IPAddress: '10.1.0.50',
    MacAddress: '02:00:00:00:00:77',
  });
  const { status, stderr } = engine.attempt(
    'run',
    '--rm',
    ...NET,
    '--ip',
    '10.1.0.50',
    'localhost/busybox',
    'true',
  );
  expect(status).not.toBe(0);
  expect(stderr).toContain('10.1.0.50');
});

test('two containers reach each other', ({ engine }) => {
  engine.serve('web', ...NET);
  for (const address of ['10.1.0.2', '[fd00:1::2]']) {
    const command = get(`http://${address}/`);
    expect(engine.run({ options: NET, command })).toBe('hello');
  }
});

test("networks none, host and another container's", ({ engine, lab }) => {
  lab.addOutside();
  const links = (network: string): string[] =>
    engine
      .run({ options: ['--network', network], command: ['ip', '-o', 'link'] })
      .split('\n')
      .map((line) => line.split(/[:@]/)[1]?.trim() ?? '');
  expect(links('none')).toEqual(['lo']);
  expect(links('host')).toEqual(['lo', 'up0']);
  engine.serve('web', ...NET);
  expect(links('container:web')).toEqual(['lo', 'eth0']);
  const command = get('http://127.0.0.1/');
  expect(engine.run({ options: ['--network', 'container:web'], command })).toBe('hello');
});

test('stop, start and rm: the network goes and comes with the container', ({ engine, lab }) => {
  engine.serve('web', ...NET, '--publish', '8080:80');
  engine.podman('stop', '--time', '0', 'web');
  expect(readStore(lab).endpoint).toEqual([]);
  expect(tablesOf(lab)).toEqual([]);
  engine.podman('start', 'web');
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  expect(addressesOf(lab, HOST, 'cni0')).toEqual(['10.1.0.1/24', 'fd00:1::1/64']);
  expect(elementsOf(lab)['any_ports4']).toHaveLength(1);
  engine.podman('rm', '--force', '--time', '0', 'web');
  expect(tablesOf(lab)).toEqual([]);
});
