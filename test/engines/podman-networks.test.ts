// Networks that podman 4 writes itself, by `podman network create`, with all that it chains behind the bridge.
import { expect } from 'vitest';
import { findLeftovers } from '../netns/leftovers.ts';
import { HOST, OUTSIDE } from '../netns/lab.ts';
import type { Lab } from '../netns/lab.ts';
import { isSilent, reach } from '../netns/reach.ts';
import type { Conflist } from './conflists.ts';
import { whyNoNetwork } from './libcni.ts';
import { get } from './places.ts';
import { test } from './podman.ts';
import type { Podman } from './podman.ts';

const DUAL = ['--ipv6', '--subnet', '10.7.0.0/24', '--subnet', 'fd00:7::/64'];

/** Creates a network. Gives the reason when plugins that podman puts into it are not there. */
function create(engine: Podman, lab: Lab, name: string, ...options: readonly string[]): string | undefined {
  engine.podman('network', 'create', ...options, name);
  const written = lab.exec(HOST, ['cat', `/etc/cni/net.d/${name}.conflist`]);
  return whyNoNetwork(JSON.parse(written) as Conflist);
}

test('both families, the way out, and nothing stays', async ({ engine, lab, skip }) => {
  const obstacle = create(engine, lab, 'dual', ...DUAL);
  if (obstacle !== undefined) skip(obstacle);
  lab.addOutside();
  await lab.serve(OUTSIDE.name, 80);
  const run = (...command: string[]): string => engine.run({ options: ['--network', 'dual'], command });
  const said = run('sh', '-c', 'ip address; ip route; ip -6 route');
  expect(said).toContain('inet 10.7.0.2/24');
  expect(said).toContain('inet6 fd00:7::2/64');
  expect(said).toContain('default via 10.7.0.1 dev eth0');
  expect(said).toContain('default via fd00:7::1 dev eth0');
  expect(run(...get(`http://${OUTSIDE[4].outside}/`))).toBe(`${OUTSIDE.name} ${OUTSIDE[4].host}`);
  expect(run(...get(`http://[${OUTSIDE[6].outside}]/`))).toBe(`${OUTSIDE.name} ${OUTSIDE[6].host}`);
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

test('the address that was asked for, and a published port', ({ engine, lab, skip }) => {
  const obstacle = create(engine, lab, 'dual', ...DUAL);
  if (obstacle !== undefined) skip(obstacle);
  lab.addOutside();
  engine.serve('web', '--network', 'dual', '--ip', '10.7.0.50', '--publish', '8080:80');
  expect(engine.podman('exec', 'web', 'ip', 'address', 'show', 'eth0')).toContain('inet 10.7.0.50/24');
  for (const address of ['127.0.0.1', '::1', '10.7.0.1', OUTSIDE[4].host])
    expect([address, reach(lab, HOST, { address, port: 8080 })]).toEqual([address, 'hello']);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe('hello');
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe('hello');
  const neighbour = { options: ['--network', 'dual'], command: get('http://10.7.0.1:8080/') };
  expect(engine.run(neighbour)).toBe('hello');
  engine.podman('rm', '--force', '--time', '0', 'web');
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

test('two networks at once, none, the host and another container', ({ engine, lab, skip }) => {
  const obstacle = create(engine, lab, 'one') ?? create(engine, lab, 'two');
  if (obstacle !== undefined) skip(obstacle);
  const links = (network: string): string[] =>
    engine
      .run({ options: ['--network', network], command: ['ip', '-o', 'link'] })
      .split('\n')
      .map((line) => line.split(/[:@]/)[1]?.trim() ?? '');
  // podman joins them in any order.
  expect(links('one,two').sort()).toEqual(['eth0', 'eth1', 'lo']);
  expect(links('none')).toEqual(['lo']);
  expect(links('host')).toEqual(['lo']);
  engine.serve('web', '--network', 'one');
  expect(links('container:web')).toEqual(['lo', 'eth0']);
  engine.podman('network', 'connect', 'two', 'web');
  expect(links('container:web')).toEqual(['lo', 'eth0', 'eth1']);
  engine.podman('network', 'disconnect', 'one', 'web');
  expect(links('container:web')).toEqual(['lo', 'eth1']);
});

test("podman's default network, and an internal one that has no way out", async ({ engine, lab, skip }) => {
  const obstacle = create(engine, lab, 'inner', '--internal');
  if (obstacle !== undefined) skip(obstacle);
  lab.addOutside();
  await lab.serve(OUTSIDE.name, 80);
  const outside = get(`http://${OUTSIDE[4].outside}/`);
  expect(engine.run({ options: ['--network', 'podman'], command: outside })).toBe(
    `${OUTSIDE.name} ${OUTSIDE[4].host}`,
  );
  engine.serve('web', '--network', 'inner');
  const [address = ''] = /10\.\d+\.\d+\.\d+/.exec(engine.podman('exec', 'web', 'ip', 'address')) ?? [];
  const neighbour = { options: ['--network', 'inner'], command: get(`http://${address}/`) };
  expect(engine.run(neighbour)).toBe('hello');
  expect(engine.attempt('exec', 'web', ...outside).status).not.toBe(0);
  expect(isSilent(lab, OUTSIDE.name, { address, port: 80 })).toBe(true);
});

test('stop, start and rm of a container on a network that podman made', ({ engine, lab, skip }) => {
  const obstacle = create(engine, lab, 'dual', ...DUAL);
  if (obstacle !== undefined) skip(obstacle);
  engine.serve('web', '--network', 'dual', '--publish', '8080:80');
  engine.podman('stop', '--time', '0', 'web');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  engine.podman('start', 'web');
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  engine.podman('rm', '--force', '--time', '0', 'web');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  engine.podman('network', 'rm', 'dual');
});
