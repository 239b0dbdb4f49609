// Rules of others that take ports of the host. What reads them is loaded only where somebody has any: it is a tenth of all code.
import { HERE } from '../native/index.ts';
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';
import { foreignChains } from './foreign-chains.ts';
import type { ForeignTaker } from './foreign-chains.ts';
import type { Host } from './host.ts';

let read: ((host: Host) => ForeignTaker) | undefined;

/** Makes ready for `foreignTaker`; whoever is about to have ports chosen waits for it. */
export async function readyForeignRules(): Promise<void> {
  if (read === undefined && isAnyThere()) ({ readForeignRules: read } = await import('./foreign-ports.ts'));
}

function isAnyThere(): boolean {
  using netfilter = openConnection(HERE, NETLINK.NETFILTER);
  try {
    return foreignChains(netfilter).length > 0;
  } catch (error) {
    // Who may not ask is told so by what he is about to do.
    if (isTsnetError(error)) return false;
    throw error;
  }
}

/** What others translate, if anything, as it is at this moment. Throws KernelError. */
export function foreignTaker(host: Host): ForeignTaker {
  return read?.(host) ?? (() => undefined);
}
