import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InterfaceAddress, Ip } from '../address/index.ts';
import { endpointOf } from '../test/temporary-store.ts';
import { waysOut } from './sandbox-members.ts';
import type { Member } from './sandbox-members.ts';

const gateways = { 4: '10.0.0.1', 6: 'fd00::1' } as const;

function member(network: string, families: readonly (4 | 6)[], priority = 0, isInternal = false): Member {
  const leases = families.map((family) => ({
    network,
    endpoint: '',
    address: InterfaceAddress.parse(family === 4 ? '10.0.0.2/24' : 'fd00::2/64'),
    gateway: Ip.parse(gateways[family]),
  }));
  const membership = { priority, isInternal, aliases: [] };
  return { id: '', name: '', hostname: '', network, endpoint: endpointOf(network), leases, membership };
}

const last = member('a', [4], -1);
const second = member('b', [4]);
const third = member('c', [4]);
const dual = member('d', [4, 6]);
const first = member('e', [6], 2);
const closed = [member('f', [4, 6], 9, true), member('g', [], 9)];

it('the way out is by priority, then by families, then by name, whatever the order in which they came', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([last, second, third, dual, first, ...closed], { minLength: 7 }),
      (all) => {
        expect(waysOut(all).map(({ network }) => network)).toEqual(['e', 'd', 'b', 'c', 'a']);
      },
    ),
  );
});
