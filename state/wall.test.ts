import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endpointOf, openStore, temporaryFolder } from '../test/temporary-store.ts';
import { Database } from './database.ts';
import { deleteEndpoint, findEndpoint, insertEndpoint, isAnyGuarded, setState } from './endpoint.ts';
import { schema } from './schema.ts';
import { listWalls, wallsBehind, wallsOf } from './wall.ts';

const free = { hasIcc: true, isIsolated: false, isInternal: false };

test('each seclusion has its wall', () => {
  expect(wallsOf(free)).toEqual([]);
  expect(wallsOf({ ...free, hasIcc: false })).toEqual(['members']);
  expect(wallsOf({ hasIcc: false, isIsolated: true, isInternal: true })).toEqual([
    'members',
    'networks',
    'outside',
  ]);
});

test('walls and guards are kept with the endpoint', () => {
  const db = openStore();
  const one = endpointOf('one', { walls: ['members', 'outside'], guard: 'addresses' });
  for (const endpoint of [one, endpointOf('two')]) insertEndpoint(db, endpoint);
  expect(findEndpoint(db, one)).toMatchObject({ walls: ['members', 'outside'], guard: 'addresses' });
  expect(findEndpoint(db, endpointOf('two'))).toMatchObject({ walls: [], guard: undefined });
});

test('what is behind a device is asked of all its endpoints but those on their way out', () => {
  const db = openStore();
  const [one, two] = [
    endpointOf('one', { walls: ['members'] }),
    endpointOf('two', { walls: ['networks', 'outside'] }),
  ];
  const far = endpointOf('far', { bridge: 'br1', walls: ['networks'] });
  for (const endpoint of [one, two, far, endpointOf('open')]) insertEndpoint(db, endpoint);
  expect(wallsBehind(db, 'br0')).toEqual(['members', 'networks', 'outside']);
  expect(listWalls(db)).toEqual([
    { device: 'br0', wall: 'members' },
    { device: 'br0', wall: 'networks' },
    { device: 'br0', wall: 'outside' },
    { device: 'br1', wall: 'networks' },
  ]);
  setState(db, two.id, 'deleting');
  expect(wallsBehind(db, 'br0')).toEqual(['members']);
  deleteEndpoint(db, one.id);
  expect(wallsBehind(db, 'br0')).toEqual([]);
});

test('the guarded are asked for but those on their way out', () => {
  const db = openStore();
  const one = endpointOf('one', { guard: 'mac' });
  insertEndpoint(db, endpointOf('two'));
  expect(isAnyGuarded(db)).toBe(false);
  insertEndpoint(db, one);
  expect(isAnyGuarded(db)).toBe(true);
  setState(db, one.id, 'deleting');
  expect(isAnyGuarded(db)).toBe(false);
});

test('who checked sources before there was a column for it still does', () => {
  const path = join(temporaryFolder(), 'state.db');
  const before = new Database(path, schema.slice(0, 1), false);
  const columns = `id, network, container, ifname, mode, state, netns, netns_device, netns_inode, bridge, kept, created`;
  const record = (container: string, mode: string, kept: string | null): void => {
    before.run(
      `INSERT INTO endpoint (${columns}) VALUES (?, 'net', ?, 'eth0', ?, 'ready', '', 1, 1, 'br0', ?, '')`,
      endpointOf(container).id,
      container,
      mode,
      kept,
    );
  };
  record('guarded', 'bridge', '{"port":{"isIsolated":false,"isGuarded":true}}');
  record('plain', 'bridge', '{"port":{"isIsolated":false,"isGuarded":false}}');
  record('old', 'bridge', null);
  before.close();
  const db = openStore(path);
  const guardsNow = ['guarded', 'plain', 'old'].map((name) => findEndpoint(db, endpointOf(name))?.guard);
  expect(guardsNow).toEqual(['mac', undefined, undefined]);
});
