// All that a call could change, as one value: two of them are equal when nothing was.
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { readStore } from './store.ts';

// Carrier and operational state settle by themselves, some time after the call that caused them.
function settled(key: string, value: unknown): unknown {
  if (key === 'operstate') return undefined;
  if (key !== 'flags' || !Array.isArray(value)) return value;
  return value.filter((flag) => flag !== 'LOWER_UP' && flag !== 'NO-CARRIER' && flag !== 'linkdown');
}

const ASKED = ['link', 'address', '-4 route show table all', '-6 route show table all'];

/** What `ip` says of a place, one answer after the other. */
function ask(lab: Lab, where: string): string[] {
  // All in one shell: entering the namespace costs more than asking. A family without routes gives no line at all.
  const answers = lab.shell(where, ASKED.map((what) => `ip -j ${what}; echo`).join('\n')).split('\n');
  return answers.filter((line) => line !== '').map((line) => JSON.stringify(JSON.parse(line), settled));
}

/** What the kernel and the store say: links, addresses, routes of every place; ruleset, settings, rows of the host. */
export function snapshot(lab: Lab): Record<string, unknown> {
  return {
    places: [HOST, ...lab.namespaces].map((where) => [where, ...ask(lab, where)]),
    ruleset: lab.shell(HOST, 'nft list ruleset'),
    settings: lab.shell(
      HOST,
      'cd /proc/sys/net; grep . ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/*/route_localnet',
    ),
    rows: readStore(lab),
  };
}
