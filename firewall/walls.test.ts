import { expect, test } from 'vitest';
import { deviceElements, possibleElements } from './walls.ts';
import type { DeviceWishes } from './walls.ts';

function elements(wishes: Partial<DeviceWishes>): Record<string, unknown> {
  const made = deviceElements({ policies: [], walls: [], ...wishes });
  return Object.fromEntries(made.map(({ set, elements }) => [set.name, elements]));
}

const [name, twice] = [[{ key: ['br0'] }], [{ key: ['br0', 'br0'] }]];

test('without walls there are no elements', () => {
  expect(elements({ policies: [{ device: 'br0', ingress: 'open' }] })).toEqual({});
});

test('a wall between networks: none is called and none calls, but neighbours', () => {
  expect(elements({ walls: [{ device: 'br0', wall: 'networks' }] })).toEqual({
    guarded: name,
    neighbours: twice,
    isolated: name,
  });
});

test('what the firewall plugin wants for the same device counts once, and the stricter is done', () => {
  const walls = [{ device: 'br0', wall: 'networks' }] as const;
  const both = elements({ policies: [{ device: 'br0', ingress: 'same-bridge' }], walls });
  expect(both).toEqual({ guarded: name, neighbours: twice, isolated: name });
  const isolated = elements({ policies: [{ device: 'br0', ingress: 'isolated' }], walls });
  expect(isolated).toEqual({ guarded: name, isolated: name });
  const open = elements({ policies: [{ device: 'br0', ingress: 'open' }], walls });
  expect(open).toEqual({ guarded: name, neighbours: twice, isolated: name });
});

test('walls between members, and around all of them', () => {
  expect(elements({ walls: [{ device: 'br0', wall: 'members' }] })).toEqual({ apart: twice });
  expect(elements({ walls: [{ device: 'br0', wall: 'outside' }] })).toEqual({
    internal: name,
    enclosed: twice,
  });
});

test('all that may be there for a device is known', () => {
  const names = possibleElements('br0').map(({ set }) => set.name);
  expect(names).toEqual(['guarded', 'neighbours', 'apart', 'isolated', 'internal', 'enclosed']);
});
