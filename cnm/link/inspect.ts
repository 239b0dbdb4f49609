// What CHECK looks at: the interface with its addresses and routes, and whether it is still of its kind.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { findLink } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Host } from '../host.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import { infoOf, readSpec } from './spec.ts';

/** What is missing or wrong about a link inside its sandbox, in words. */
export function inspectLink(
  _host: Host,
  endpoint: Endpoint,
  attachment: Attachment,
  namespace: Namespace,
): string[] {
  return [...inspectSandbox(endpoint, attachment, namespace), ...inspectKind(endpoint, namespace)];
}

function inspectKind(endpoint: Endpoint, namespace: Namespace): string[] {
  const { ifname } = endpoint;
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(inside, { ifname });
  if (link === undefined) return [];
  const wanted = infoOf(readSpec(endpoint));
  const { kind, data = {} } = link.attributes.info ?? { kind: 'other:' };
  if (kind !== wanted.kind)
    return [`interface "${ifname}" is of kind "${kind.replace('other:', '')}", not "${wanted.kind}"`];
  // What this kernel does not tell cannot be compared.
  const found = data as Record<string, unknown>;
  return Object.entries(wanted.data ?? {})
    .filter(([key, value]) => value !== undefined && found[key] !== undefined && found[key] !== value)
    .map(([key, value]) => `${kind}.${key} of interface "${ifname}" is ${String(found[key])}, not ${value}`);
}
