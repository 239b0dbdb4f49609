// GC: takes away what a network has and nobody needs any more, also what the store knows nothing of.
import { log } from '../log/log.ts';
import { listLinks } from '../netlink/route/link.ts';
import { endpointId, interfaceOf, listEndpoints, ownerName } from '../state/endpoint.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import { removeStrayPort } from './bridge/device.ts';
import { detach } from './detach.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';

/**
 * Takes away all endpoints of a network but those to keep: links, leases, rules, ports. It goes on where one cannot be
 * taken away, and throws an AggregateError of all that failed at the end.
 */
export function collect(host: Host, network: string, keep: readonly EndpointKey[]): void {
  const kept = new Set(keep.map(endpointId));
  const failures: unknown[] = [];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failures.push(error);
    }
  };
  // The newest first: what a chain added last goes before what it was added to.
  for (const endpoint of listEndpoints(host.db, 'network', network).reverse()) {
    const whole = endpointId({ ...endpoint, ifname: interfaceOf(endpoint) });
    if (!kept.has(whole)) attempt(() => detach(host, endpoint));
  }
  const owners = new Set(keep.map(ownerName));
  for (const link of strayLinks(host, network, owners)) {
    log('info', 'a link that nobody owns is taken away', () => ({ ifname: link.ifname }));
    attempt(() => removeStrayPort(host, link));
  }
  attempt(() => host.firewall.restore());
  attempt(() => host.guard.restore());
  attempt(() => settleFilters(host));
  if (failures.length > 0) {
    const words = failures.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new AggregateError(failures, words.join('; '));
  }
}

/** The kinds of links that tsnet makes on the host for one endpoint. */
const KINDS = ['veth', 'ifb'];

// A link of ours carries its owner as alias, which outlives the store; a part goes with the endpoint it belongs to.
function strayLinks(host: Host, network: string, owners: ReadonlySet<string>) {
  return listLinks(host.route).filter(({ attributes: { alias, info } }) => {
    if (alias?.startsWith(`${network}/`) !== true || !KINDS.includes(info?.kind ?? '')) return false;
    return !owners.has(alias.split(':')[0] ?? alias);
  });
}
