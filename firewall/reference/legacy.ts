// iptables-legacy keeps its rules outside of nf_tables, where only its own protocol on a raw socket reaches them.
import { readFileSync } from 'node:fs';

/** The tables that iptables-legacy has in this network namespace, of both families (x_tables' files in /proc/net). */
export function legacyTables(): string[] {
  return ['ip_tables_names', 'ip6_tables_names'].flatMap((file) => {
    try {
      return readFileSync(`/proc/net/${file}`, 'utf8').split('\n').filter(Boolean);
    } catch {
      // Its modules are not there, or whoever asks may not know.
      return [];
    }
  });
}
