// What CHECK looks at in the firewall.
import type { Endpoint } from '../state/endpoint.ts';
import type { Host } from './host.ts';
import { intentOf } from './intent.ts';

/** What is missing or wrong of an endpoint's part of the firewall, in words. */
export function inspectRules(host: Host, endpoint: Endpoint): string[] {
  const intent = intentOf(host.db, endpoint);
  if (intent === undefined) return [];
  return host.firewall.missing(intent);
}
