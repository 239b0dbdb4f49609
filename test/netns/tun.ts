// The device that tap and tun interfaces are made by.
import { accessSync, constants } from 'node:fs';

/** Why no tap device can be made here; undefined when one can. On some machines root alone may open it. */
export function whyNoTun(): string | undefined {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return `/dev/net/tun cannot be opened: ${(error as Error).message}`;
  }
}
