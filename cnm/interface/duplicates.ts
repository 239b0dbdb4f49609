// Duplicate address detection (RFC 4862, section 5.4): does a neighbour have an address already?
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Connection } from '../../netlink/connection.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { IFA_F } from '../../netlink/route/constants.ts';
import type { Link } from '../../netlink/route/link.ts';
import { pause } from '../pause.ts';

const PATIENCE_SECONDS = 10;
const INTERVAL_MILLISECONDS = 50;

/**
 * Waits until the kernel has asked the neighbours for all addresses of a link. Throws TSNET_ADDRESS_IN_USE when one of
 * them answered, TSNET_BUSY when that takes longer than 10 seconds.
 */
export function awaitDetection(
  connection: Connection,
  { index, ifname }: Pick<Link, 'index' | 'ifname'>,
): void {
  for (let waited = 0; ; waited += INTERVAL_MILLISECONDS) {
    const addresses = listAddresses(connection, index);
    const failed = addresses.find(({ flags }) => (flags & IFA_F.DADFAILED) !== 0);
    if (failed !== undefined) {
      throw new TsnetError(
        'TSNET_ADDRESS_IN_USE',
        `link ${ifname} has address ${failed.address.ip.toString()} in DADFAILED state: a neighbour has it`,
      );
    }
    const tentative = addresses.find(({ flags }) => (flags & IFA_F.TENTATIVE) !== 0);
    if (tentative === undefined) return;
    if (waited >= PATIENCE_SECONDS * 1000) {
      throw new TsnetError(
        'TSNET_BUSY',
        `link ${ifname} still has tentative address ${tentative.address.ip.toString()} after ${PATIENCE_SECONDS} seconds`,
      );
    }
    pause(INTERVAL_MILLISECONDS);
  }
}
