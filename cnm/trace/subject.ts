// A rule or policy as what decides about a packet.
import type { Step } from './journey.ts';

/** `ip filter FORWARD, policy drop (not tsnet's)`, `inet tsnet walls, rule 12 "walls" (oifname ...)`. */
export function verdictSubject({
  where,
  table,
  chain,
  kind,
  handle,
  rule,
  comment,
  verdict,
  isOwn,
}: Step): string {
  const note = comment === undefined ? '' : ` "${comment}"`;
  const words = rule === undefined ? '' : `: ${rule}`;
  const what = kind === 'policy' ? `policy ${verdict}` : `rule ${handle ?? '?'}${note}${words}`;
  return `${table} ${chain} in ${where}, ${what} (${isOwn ? "tsnet's" : "not tsnet's"})`;
}
