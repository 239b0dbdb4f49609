// The host as a router.
import type { Family } from '../../address/index.ts';
import { HERE } from '../../native/index.ts';
import { readSysctl, writeSysctl } from '../../netns/sysctl.ts';

const settings = {
  4: ['ipv4', 'ip_forward'],
  6: ['ipv6', 'conf', 'all', 'forwarding'],
} as const satisfies Record<Family, readonly string[]>;

/** Makes the host forward packets of a family. It stays so: others may have come to rely on it. Throws SystemError. */
export function forward(family: Family): void {
  if (readSysctl(HERE, settings[family]) !== '1') writeSysctl(HERE, settings[family], '1');
}
