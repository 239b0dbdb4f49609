import { expect, test } from 'vitest';
import { Mac } from '../address/index.ts';
import { endpointOf, openStore } from '../test/temporary-store.ts';
import {
  endpointId,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  ownerName,
  setMac,
  setReady,
  setState,
} from './endpoint.ts';

const key = { network: 'net', container: 'one', ifname: 'eth0' };

test('the id follows from the key, and no two keys run into each other', () => {
  expect(endpointId(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(endpointId({ ...key })).toBe(endpointId(key));
  const keys = [
    key,
    { ...key, network: 'neto', container: 'ne' },
    { ...key, container: 'onee', ifname: 'th0' },
    { ...key, network: 'one', container: 'net' },
  ];
  expect(new Set(keys.map(endpointId)).size).toBe(keys.length);
});

test('people read network/container/interface', () => {
  expect(ownerName(key)).toBe('net/one/eth0');
});

test('an endpoint comes back as it went in, with all it has and with nothing', () => {
  const db = openStore();
  const full = endpointOf('one', {
    shares: 'another',
    mac: Mac.parse('02:42:0a:01:00:02'),
    attachment: '{}',
    isMasqueraded: false,
  });
  const bare = endpointOf('two', { mode: 'none', bridge: undefined });
  insertEndpoint(db, full);
  insertEndpoint(db, bare);
  expect(findEndpoint(db, full)).toEqual(full);
  expect(findEndpoint(db, bare)).toEqual(bare);
  expect(findEndpoint(db, { ...key, ifname: 'eth1' })).toBeUndefined();
});

test('endpoints are listed by what they have in common, the oldest first', () => {
  const db = openStore();
  const late = endpointOf('late', { created: '2026-01-02T00:00:00.000Z', shares: 'early' });
  const early = endpointOf('early');
  const stranger = endpointOf('stranger', { network: 'other', bridge: 'br1' });
  for (const endpoint of [late, early, stranger]) insertEndpoint(db, endpoint);
  const names = (...query: Parameters<typeof listEndpoints> extends [unknown, ...infer Q] ? Q : never) =>
    listEndpoints(db, ...query).map(({ container }) => container);
  expect(names('network', 'net')).toEqual(['early', 'late']);
  expect(names('bridge', 'br1')).toEqual(['stranger']);
  expect(names('container', 'late')).toEqual(['late']);
  expect(names('shares', 'early')).toEqual(['late']);
  expect(names('id', early.id)).toEqual(['early']);
  expect(names('all')).toHaveLength(3);
});

test('state, address and attachment can be noted later', () => {
  const db = openStore();
  const endpoint = endpointOf('one');
  const mac = Mac.parse('02:42:0a:01:00:02');
  insertEndpoint(db, endpoint);
  setMac(db, endpoint.id, mac);
  setReady(db, endpoint.id, '{"a":1}');
  expect(findEndpoint(db, endpoint)).toEqual({ ...endpoint, mac, state: 'ready', attachment: '{"a":1}' });
  setState(db, endpoint.id, 'leaving');
  expect(findEndpoint(db, endpoint)?.state).toBe('leaving');
});
