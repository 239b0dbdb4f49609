// STATUS: could an ADD be served?
import { assertNotExhausted } from '../ipam/allocate.ts';
import { decideRanges } from '../ipam/range.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { supportsLink } from '../netlink/route/link.ts';
import type { Host } from './host.ts';
import { whyNotGiven } from './interface/addresses.ts';
import type { Addressing } from './request.ts';

/** What a plugin needs of the kernel, which may lack it: links of a kind, or the packet filter. */
export type Need = Parameters<typeof supportsLink>[1] | 'nftables';

/**
 * Throws what would keep an ADD to a network with these addresses and needs from being served: TSNET_EXHAUSTED,
 * TSNET_UNSUPPORTED, TSNET_PERMISSION, TSNET_STATE, TSNET_KERNEL. Who needs the packet filter has rules put back that
 * somebody has flushed: with a node that is not ready for want of them no ADD would come to do it. Throws TSNET_CHECK if
 * that fails.
 */
export function assertReady(
  host: Host,
  network: string,
  addressing: Addressing,
  needs: readonly Need[],
): void {
  for (const need of needs) {
    if (need !== 'nftables') assertSupported(host, need);
    else {
      host.firewall.probe();
      for (const table of [host.firewall, host.guard]) mendRules(table);
    }
  }
  assertAddressesLeft(host, network, addressing);
}

function assertSupported(host: Host, kind: Exclude<Need, 'nftables'>): void {
  if (supportsLink(host.route, kind)) return;
  throw new TsnetError(
    'TSNET_UNSUPPORTED',
    `this kernel has no links of kind ${kind}: load or build its module`,
  );
}

function mendRules(table: Host['firewall'] | Host['guard']): void {
  if (!table.isDamaged()) return;
  try {
    table.restore();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TsnetError(
      'TSNET_CHECK',
      `table ${table.name} is damaged and cannot be written anew: ${reason}`,
      {
        cause,
      },
    );
  }
}

/** Throws TSNET_EXHAUSTED when the pools have no address left to give. */
export function assertAddressesLeft(host: Host, network: string, addressing: Addressing): void {
  if (addressing.from !== 'pool') return;
  const rangeSets = addressing.rangeSets.map(decideRanges);
  const whyHeld = whyNotGiven(addressing);
  assertNotExhausted({ db: host.db, network, whyHeld }, rangeSets);
}
