import { expect, test } from 'vitest';
import { guardElements } from './ingress.ts';
import type { DevicePolicy } from './ingress.ts';

function elements(...policies: DevicePolicy[]): Record<string, unknown> {
  return Object.fromEntries(guardElements(policies).map(({ set, elements }) => [set.name, elements]));
}

test('open devices need no element', () => {
  expect(elements({ device: 'br0', ingress: 'open' })).toEqual({});
});

test('same-bridge: guarded, and a neighbour of its own', () => {
  expect(elements({ device: 'br0', ingress: 'same-bridge' }, { device: 'br0', ingress: 'open' })).toEqual({
    guarded: [{ key: ['br0'] }],
    neighbours: [{ key: ['br0', 'br0'] }],
  });
});

test('where endpoints behind one device disagree, the strictest is done', () => {
  expect(elements({ device: 'br0', ingress: 'same-bridge' }, { device: 'br0', ingress: 'isolated' })).toEqual(
    {
      guarded: [{ key: ['br0'] }],
    },
  );
});
