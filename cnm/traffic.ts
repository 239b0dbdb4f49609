// What has passed each endpoint, by the counters of its links. Nothing is changed.
import { NETLINK, openConnection } from '../netlink/connection.ts';
import { listLinkStats } from '../netlink/route/link-stats.ts';
import type { LinkStats } from '../netlink/route/link-stats.ts';
import { isSameNamespace, openIfPresent } from '../netns/namespace.ts';
import { isPart, listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { isStoreAt, runDatabase } from '../state/place.ts';
import { listSandboxes } from '../state/sandbox.ts';
import type { Host } from './host.ts';
import { hostLinkName } from './interface/names.ts';

/** The counters of one endpoint, from its own side: `rx` is what it received. */
export interface Traffic {
  /** The endpoint's id. */
  readonly id: string;
  readonly network: string;
  /** The name of its sandbox, or the first 12 digits of the container's id. */
  readonly sandbox: string;
  readonly ifname: string;
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
  readonly rxPackets: bigint;
  readonly txPackets: bigint;
  /** Packets that were dropped on the way to it or from it. */
  readonly dropped: bigint;
}

const counted = ['bridge', 'ptp', 'link', 'host-device'];

/** Reads the counters of all endpoints that are ready. A store that is not there is not made. Throws KernelError. */
export function readTraffic(host: Host): Traffic[] {
  if (!isStoreAt(runDatabase(host.places.run))) return [];
  const names = new Map(listSandboxes(host.db).map(({ id, name }) => [id, name]));
  const onHost = listLinkStats(host.route);
  return listEndpoints(host.db, 'all')
    .filter((one) => one.state === 'ready' && !isPart(one) && counted.includes(one.mode))
    .flatMap((endpoint): Traffic[] => {
      const near = onHost.get(hostLinkName(endpoint.id));
      const stats = near === undefined ? insideStats(endpoint) : mirrored(near);
      if (stats === undefined) return [];
      const { id, container, ifname } = endpoint;
      const { rxBytes, txBytes, rxPackets, txPackets, rxDropped, txDropped } = stats;
      const sandbox = names.get(container) ?? container.slice(0, 12);
      const network = endpoint.network.replace(/^tsnet:/, '');
      const dropped = rxDropped + txDropped;
      return [{ id, network, sandbox, ifname, rxBytes, txBytes, rxPackets, txPackets, dropped }];
    });
}

// What the host's end of a pair receives is what the sandbox sends.
function mirrored(stats: LinkStats): LinkStats {
  const { rxBytes, txBytes, rxPackets, txPackets } = stats;
  return { ...stats, rxBytes: txBytes, txBytes: rxBytes, rxPackets: txPackets, txPackets: rxPackets };
}

function insideStats(endpoint: Endpoint): LinkStats | undefined {
  using namespace = openIfPresent(endpoint.netns);
  if (namespace === undefined || !isSameNamespace(namespace, endpoint)) return undefined;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  return listLinkStats(connection).get(endpoint.ifname);
}
