// ADD: record what is about to be done, do it, confirm it.
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import {
  isSameNamespace,
  openForeignNamespace,
  openNamespace,
  ownNamespace,
  unopened,
} from '../netns/namespace.ts';
import type { Namespace } from '../netns/namespace.ts';
import { log } from '../log/log.ts';
import {
  alreadyAttached,
  deleteEndpoint,
  endpointId,
  findEndpoint,
  insertEndpoint,
  ownerName,
  setReady,
} from '../state/endpoint.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { serialize } from './attachment.ts';
import type { Attachment } from './attachment.ts';
import { detach } from './detach.ts';
import { driverOf } from './drivers.ts';
import type { Begun, Driver } from './driver.ts';
import type { Host } from './host.ts';
import type { AttachRequest } from './request.ts';
import { yieldPort } from './stale.ts';

/**
 * Attaches an endpoint and tells what it got. Whatever fails, nothing stays.
 *
 * Throws TSNET_NETNS or TSNET_OWN_NETNS for a wrong namespace, TSNET_EXISTS when the endpoint or its interface is there
 * already, TSNET_EXHAUSTED, TSNET_ADDRESS_IN_USE, TSNET_PORT_IN_USE, TSNET_CONFIG, TSNET_KERNEL.
 */
export function attach(host: Host, request: AttachRequest): Attachment {
  const driver = driverOf(request.mode);
  using namespace = openSandbox(request, driver);
  const endpoint = describe(host, driver, request, namespace);
  const begun = driver.begin?.(host, endpoint, request, namespace);
  const claimed = record(host, driver, request, { endpoint, begun });
  try {
    const attachment = begun?.connect(claimed) ?? driver.connect(host, endpoint, request, namespace, claimed);
    setReady(host.db, endpoint.id, serialize(attachment));
    log('info', 'attached', () => ({ endpoint: ownerName(endpoint), mode: endpoint.mode, ...attachment }));
    return attachment;
  } catch (error) {
    begun?.takeBack();
    undo(host, endpoint, error);
    throw error;
  }
}

/**
 * Throws what `attach` would throw for the sandbox or a key that is taken: for callers who must not ask anybody else
 * for anything before that is settled.
 */
export function assertAttachable(
  host: Host,
  { mode, netns, key }: Pick<AttachRequest, 'mode' | 'netns' | 'key'>,
): void {
  openSandbox({ netns }, driverOf(mode)).close();
  if (findEndpoint(host.db, key) !== undefined) throw alreadyAttached(key);
}

function openSandbox(
  { netns }: Pick<AttachRequest, 'netns'>,
  { sandbox }: Driver<AttachRequest, unknown>,
): Namespace {
  if (sandbox === 'any') return unopened(netns);
  if (sandbox === 'foreign') return openForeignNamespace(netns);
  const namespace = openNamespace(netns);
  if (isSameNamespace(namespace, ownNamespace())) return namespace;
  namespace.close();
  throw new TsnetError(
    'TSNET_NETNS',
    `network namespace "${netns}" is not the host's: mode host needs the host's own`,
  );
}

function describe(
  host: Host,
  driver: Driver<AttachRequest, unknown>,
  request: AttachRequest,
  namespace: Namespace,
): Endpoint {
  return {
    ...request.key,
    id: endpointId(request.key),
    mode: request.mode,
    state: 'adding',
    netns: request.netns,
    device: namespace.device,
    inode: namespace.inode,
    shares: undefined,
    bridge: undefined,
    mac: undefined,
    isMasqueraded: false,
    ingress: undefined,
    egress: undefined,
    walls: [],
    guard: undefined,
    kept: undefined,
    attachment: undefined,
    created: new Date().toISOString(),
    ...driver.describe(host, request, namespace),
  };
}

/** An endpoint that is to be recorded, and what of it is under way. */
interface Wanted {
  readonly endpoint: Endpoint;
  readonly begun: Begun<unknown> | undefined;
}

function record(
  host: Host,
  driver: Driver<AttachRequest, unknown>,
  request: AttachRequest,
  { endpoint, begun }: Wanted,
): unknown {
  const claim = (): unknown =>
    host.db.transaction(() => {
      insertEndpoint(host.db, endpoint);
      return driver.claim(host, endpoint, request);
    });
  try {
    return claim();
  } catch (error) {
    begun?.takeBack();
    if (!isTsnetError(error, 'TSNET_PORT_IN_USE') || !yieldPort(host, error)) throw error;
    return claim();
  }
}

// The error that made us undo is the one to tell; what cannot be undone now is found again by its key.
function undo(host: Host, endpoint: Endpoint, cause: unknown): void {
  try {
    // Who may do nothing has done nothing.
    if (isTsnetError(cause, 'TSNET_PERMISSION'))
      host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
    else detach(host, endpoint);
  } catch (error) {
    log('info', 'could not be undone', () => ({ endpoint: ownerName(endpoint), error }));
  }
}
