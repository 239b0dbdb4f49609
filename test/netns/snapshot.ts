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

function ask(lab: Lab, where: string, command: string): string {
  const output = lab.shell(where, command);
  return output === '' ? '' : JSON.stringify(JSON.parse(output), settled);
}

/** What the kernel and the store say: links, addresses, routes of every place; ruleset, settings, rows of the host. */
export function snapshot(lab: Lab): Record<string, unknown> {
  const asked = ['ip -j link', 'ip -j address', 'ip -j -4 route show table all', 'ip -j -6 route show table all'];
  const places = [HOST, ...lab.namespaces].flatMap((where) =>
    asked.map((command) => [`${where}: ${command}`, ask(lab, where, command)] as const),
  );
  return {
    ...Object.fromEntries(places),
    ruleset: lab.shell(HOST, 'nft list ruleset'),
    settings: lab.shell(
      HOST,
      'cd /proc/sys/net; grep . ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/*/route_localnet',
    ),
    rows: readStore(lab),
  };
}
