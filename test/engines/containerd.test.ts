// containerd with our plugins `bridge` and `loopback`, as `ctr run --cni` calls them by go-cni.
import { expect } from 'vitest';
import { HOST, OUTSIDE } from '../netns/lab.ts';
import { linksOf, tablesOf } from '../netns/look.ts';
import { reach } from '../netns/reach.ts';
import { readStore } from '../netns/store.ts';
import { test } from './containerd.ts';
import { get } from './places.ts';

test('a container has addresses, routes and loopback, and nothing stays of it', ({ engine, lab }) => {
  const said = engine.run('c1', 'sh', '-c', 'ip address; ip route; ip -6 route');
  expect(said).toContain('inet 10.1.0.2/24');
  expect(said).toContain('inet6 fd00:1::2/64');
  expect(said).toContain('inet 127.0.0.1/8');
  expect(said).toContain('default via 10.1.0.1 dev eth0');
  expect(said).toContain('default via fd00:1::1 dev eth0');
  expect(readStore(lab).endpoint).toEqual([]);
  expect(tablesOf(lab)).toEqual([]);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('host, neighbours and the container itself reach a container that runs', async ({ engine, lab }) => {
  const web = await engine.serve('web');
  expect(reach(lab, HOST, { address: '10.1.0.2', port: 80 })).toBe('hello');
  expect(reach(lab, HOST, { address: 'fd00:1::2', port: 80 })).toBe('hello');
  expect(engine.exec('web', ...get('http://127.0.0.1/'))).toBe('hello');
  expect(engine.run('c1', ...get('http://10.1.0.2/'))).toBe('hello');
  await engine.kill(web);
});

test('a container reaches the outside under the address of the host', async ({ engine, lab }) => {
  lab.addOutside();
  await lab.serve(OUTSIDE.name, 80);
  expect(engine.run('c1', ...get(`http://${OUTSIDE[4].outside}/`))).toBe(
    `${OUTSIDE.name} ${OUTSIDE[4].host}`,
  );
});

test('containers that are killed leave nothing', async ({ engine, lab }) => {
  const all = await Promise.all(['c1', 'c2', 'c3'].map(async (id) => engine.serve(id)));
  expect(readStore(lab).endpoint).toHaveLength(3);
  await Promise.all(all.map(async (one) => engine.kill(one)));
  expect(readStore(lab)).toEqual({ endpoint: [], lease: [], port: [], sandbox: [] });
  expect(tablesOf(lab)).toEqual([]);
  expect(engine.ctr('container', 'ls', '--quiet')).toBe('');
});
