// The interface of a sandbox that a part is about: it was made by another plugin, and may be gone before the part.
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Connection } from '../../netlink/connection.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { isSameNamespace, openIfPresent } from '../../netns/namespace.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';

/** The interface that a part is about. Throws TSNET_CONFIG when the sandbox has none of that name. */
export function linkOf(connection: Connection, ifname: string, { path }: Namespace): Link {
  const link = findLink(connection, { ifname });
  if (link !== undefined) return link;
  throw new TsnetError(
    'TSNET_CONFIG',
    `interface "${ifname}" is not in network namespace "${path}": the plugin that makes it comes first in the chain`,
  );
}

/** Opens an endpoint's sandbox to take something back, or gives undefined when it is gone and all in it. */
export function openAgain(endpoint: Endpoint): Namespace | undefined {
  const namespace = openIfPresent(endpoint.netns);
  if (namespace === undefined || isSameNamespace(namespace, endpoint)) return namespace;
  namespace.close();
  return undefined;
}
