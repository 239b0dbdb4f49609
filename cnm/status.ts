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
  assertAddressesLeft(host, network, addressing);
}

/** Throws TSNET_EXHAUSTED when the pools have no address left to give. */
export function assertAddressesLeft(host: Host, network: string, addressing: Addressing): void {
  if (addressing.from !== 'pool') return;
  const rangeSets = addressing.rangeSets.map((set) => set.map(decideRange));
  const isHeldElsewhere = heldByHostLocal(addressing.hostLocalFolder);
  assertNotExhausted({ db: host.db, network, isHeldElsewhere }, rangeSets);
}
