// Mode container: shares the sandbox of another container, and keeps its network until the last one is gone.
import { TsnetError } from '../errors/tsnet-error.ts';
import { isSameNamespace } from '../netns/namespace.ts';
import { deleteEndpoint, isPart, listEndpoints } from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { deserialize, merge } from './attachment.ts';
import type { Driver } from './driver.ts';
import type { Host } from './host.ts';
import type { ContainerRequest } from './request.ts';

// What chained plugins and IPAM have added goes with the endpoints.
function ready(host: Host, container: string): Endpoint[] {
  return listEndpoints(host.db, 'container', container).filter(
    (endpoint) => (endpoint.state === 'ready' || endpoint.state === 'leaving') && !isPart(endpoint),
  );
}

// Who shares with one who shares, shares with the owner.
function ownerOf(host: Host, container: string): string {
  const [endpoint] = ready(host, container);
  if (endpoint === undefined) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `container "${container}": no such container is attached to any network`,
    );
  }
  return endpoint.shares ?? container;
}

export const containerDriver: Driver<ContainerRequest> = {
  sandbox: 'foreign',
  describe: (host, { shares }) => ({ shares: ownerOf(host, shares) }),
  claim: (host, endpoint) => {
    const owner = endpoint.shares ?? '';
    const other = ready(host, owner).find((one) => !isSameNamespace(one, endpoint));
    if (other !== undefined) {
      throw new TsnetError(
        'TSNET_NETNS',
        `network namespace "${endpoint.netns}" is not the sandbox of container "${owner}", which is "${other.netns}"`,
      );
    }
  },
  connect: (host, endpoint) => {
    const owned = ready(host, endpoint.shares ?? '').filter(
      (one) => one.mode !== 'container' && !isPart(one),
    );
    return merge(owned.map(({ attachment }) => deserialize(attachment ?? '{}')));
  },
  disconnect: (host, endpoint) => host.db.transaction(() => deleteEndpoint(host.db, endpoint.id)),
  inspect: (host, endpoint) =>
    ready(host, endpoint.shares ?? '').length > 0 ? [] : [`container "${endpoint.shares ?? ''}" is gone`],
};
