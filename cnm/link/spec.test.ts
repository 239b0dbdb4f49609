import { describe, expect, it } from 'vitest';
import { infoOf, isUpper } from './spec.ts';
import type { LinkSpec } from './spec.ts';

const upper = { master: 'eth0', isMasterInside: false };
const tap: LinkSpec = {
  kind: 'tap',
  isMultiQueue: true,
  owner: 1000,
  selinuxContext: 'a:b:c',
  bridge: 'br0',
};

describe('what the kernel is asked for', () => {
  it.each<[LinkSpec, string, object | undefined]>([
    [{ kind: 'macvlan', ...upper, mode: 'private' }, 'macvlan', { mode: 1 }],
    [{ kind: 'macvlan', ...upper, mode: 'vepa' }, 'macvlan', { mode: 2 }],
    [
      { kind: 'macvlan', ...upper, mode: 'bridge', broadcastQueueLength: 9 },
      'macvlan',
      { mode: 4, broadcastQueueLength: 9 },
    ],
    [{ kind: 'macvlan', ...upper, mode: 'passthru' }, 'macvlan', { mode: 8 }],
    [{ kind: 'ipvlan', ...upper, mode: 'l2' }, 'ipvlan', { mode: 0 }],
    [{ kind: 'ipvlan', ...upper, mode: 'l3' }, 'ipvlan', { mode: 1 }],
    [{ kind: 'ipvlan', ...upper, mode: 'l3s' }, 'ipvlan', { mode: 2 }],
    [{ kind: 'vlan', ...upper, id: 4094 }, 'vlan', { id: 4094 }],
    [{ kind: 'dummy' }, 'dummy', undefined],
    [tap, 'tun', { owner: 1000, isMultiQueue: 1 }],
  ])('%j', (spec, kind, data) => {
    expect(infoOf(spec)).toEqual(data === undefined ? { kind } : { kind, data });
    expect(isUpper(spec)).toBe(spec.kind === kind && kind !== 'dummy');
  });
});
