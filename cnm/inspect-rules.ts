// What CHECK looks at in the firewall.
import type { Endpoint } from '../state/endpoint.ts';
import type { Host } from './host.ts';
import { intentOf } from './intent.ts';

/** What is missing or wrong of an endpoint's part of the firewall, and of what it shares with others, in words. */
export function inspectRules(host: Host, endpoint: Endpoint): string[] {
  const { bridge, ingress, egress, walls } = endpoint;
  const intent = intentOf(host.db, endpoint);
  return [
    ...(intent === undefined ? [] : host.firewall.missing(intent)),
    ...(bridge === undefined || (ingress === undefined && walls.length === 0)
      ? []
      : host.firewall.unsettled(bridge)),
    ...(bridge === undefined || egress === undefined ? [] : host.firewall.unconfined(bridge)),
  ];
}
