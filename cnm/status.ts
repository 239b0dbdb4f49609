// STATUS: could an ADD be served?
import { assertNotExhausted } from '../ipam/allocate.ts';
import { decideRange } from '../ipam/range.ts';
import type { RangeSpec } from '../ipam/range.ts';
import type { Host } from './host.ts';

/**
 * Throws what would keep an ADD to a network with these ranges from being served: TSNET_EXHAUSTED, TSNET_PERMISSION,
 * TSNET_STATE, TSNET_KERNEL.
 */
export function assertReady(host: Host, network: string, rangeSets: readonly (readonly RangeSpec[])[]): void {
  host.firewall.probe();
  assertNotExhausted(
    host.db,
    network,
    rangeSets.map((set) => set.map(decideRange)),
  );
}
