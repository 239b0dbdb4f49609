// What tsnet can put right by itself, as the daemon does: its tables, its bridges, the way through filters of others.
import { collectSandboxes } from '../sandbox-end.ts';
import type { Host } from '../host.ts';
import { everyPlace } from '../upkeep/signs.ts';
import { findDamage } from '../upkeep/find.ts';

/** Puts it right, and takes away what is left of sandboxes that have ended; tells what. Throws what mending throws. */
export function mendAll(host: Host): string[] {
  collectSandboxes(host);
  return findDamage(host, new Set(everyPlace)).map((damage) => {
    damage.mend();
    const [first = '', ...others] = damage.problems;
    return `${damage.subject}: ${first}${others.length === 0 ? '' : `, and ${others.length} more`}`;
  });
}
