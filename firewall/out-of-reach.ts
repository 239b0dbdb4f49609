// Filters that forwarded packets pass and that tsnet has no way to put accept rules into.
import { readFileSync } from 'node:fs';
import type { Connection } from '../netlink/connection.ts';
import { findChain } from '../netlink/netfilter/chain.ts';

/** The tables of iptables-legacy in this namespace, one to a line; nf_tables does not show them. */
const LEGACY_TABLES = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'];

function isLegacyFilter(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').split('\n').includes('filter');
  } catch {
    // This kernel has no iptables-legacy.
    return false;
  }
}

/** Names the filters that are there and have to be told by their own means to let containers pass. */
export function filtersOutOfReach(connection: Connection): string[] {
  const firewalld = { family: 'inet', table: 'firewalld', chain: 'filter_FORWARD' } as const;
  return [
    ...(findChain(connection, firewalld) === undefined ? [] : ['firewalld']),
    ...(LEGACY_TABLES.some(isLegacyFilter) ? ['iptables-legacy'] : []),
  ];
}
