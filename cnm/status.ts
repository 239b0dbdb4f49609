// STATUS: could an ADD be served?
import { assertNotExhausted } from '../ipam/allocate.ts';
import { decideRange } from '../ipam/range.ts';
import { heldByHostLocal } from './host-local.ts';
import type { Host } from './host.ts';
import type { Addressing } from './request.ts';

/**
 * Throws what would keep an ADD to a network with these addresses from being served: TSNET_EXHAUSTED,
 * TSNET_PERMISSION, TSNET_STATE, TSNET_KERNEL.
 */
export function assertReady(host: Host, network: string, addressing: Addressing): void {
  host.firewall.probe();
  if (addressing.from !== 'pool') return;
  const rangeSets = addressing.rangeSets.map((set) => set.map(decideRange));
  const isHeldElsewhere = heldByHostLocal(addressing.hostLocalFolder);
  assertNotExhausted({ db: host.db, network, isHeldElsewhere }, rangeSets);
}
