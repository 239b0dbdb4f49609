// The host as a router.
import type { Family } from '../../address/index.ts';
import { HERE } from '../../native/index.ts';
import { readSysctl, writeSysctl, writeSysctls } from '../../netns/sysctl.ts';

const settings = {
  4: ['ipv4', 'ip_forward'],
  6: ['ipv6', 'conf', 'all', 'forwarding'],
} as const satisfies Record<Family, readonly string[]>;

/** Makes the host forward packets of a family. It stays so: others may have come to rely on it. Throws SystemError. */
export function forward(family: Family): void {
  if (readSysctl(HERE, settings[family]) !== '1') writeSysctl(HERE, settings[family], '1');
}

const advice = [
  ['ipv4', 'accept_redirects'],
  ['ipv6', 'accept_ra'],
  ['ipv6', 'accept_redirects'],
] as const;

/**
 * Makes the host deaf to router advertisements and redirects that come in by a device of its own: a router takes no advice from
 * its clients (CVE-2020-10749). Throws SystemError.
 */
export function refuseAdvice(ifname: string): void {
  writeSysctls(
    HERE,
    advice.map(([family, setting]) => [[family, 'conf', ifname, setting], '0']),
  );
}
