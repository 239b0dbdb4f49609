// CHECK: is everything still as it was set up?
import { TsnetError } from '../errors/tsnet-error.ts';
import { isSameNamespace, openNamespace, unopened } from '../netns/namespace.ts';
import { findEndpoint, isPart, ownerName } from '../state/endpoint.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import { deserialize } from './attachment.ts';
import { driverOf } from './drivers.ts';
import type { Host } from './host.ts';
import { inspectHostLocal, inspectRemembered } from './inspect-remembered.ts';
import { isDoneByReference } from './reference.ts';
import type { Told } from './reference.ts';

/**
 * Throws TSNET_CHECK with all that is missing or wrong, TSNET_NETNS when the sandbox cannot be opened. An endpoint that is
 * not on record, because a plugin made it whose place tsnet has taken, is held against what the runtime remembers of it.
 */
export function check(host: Host, key: EndpointKey, netns: string, told?: Told): void {
  const endpoint = findEndpoint(host.db, key);
  if (endpoint === undefined && told !== undefined) {
    checkTold(host, key, netns, told);
    return;
  }
  if (endpoint?.attachment === undefined) fail(key, [UNKNOWN]);
  const driver = driverOf(endpoint.mode);
  using namespace = driver.sandbox === 'any' ? unopened(netns) : openNamespace(netns);
  if (!isSameNamespace(namespace, endpoint)) fail(key, [`"${netns}" is not the sandbox it was attached in`]);
  const problems = driver.inspect(host, endpoint, deserialize(endpoint.attachment), namespace);
  if (problems.length > 0) fail(key, problems);
}

const UNKNOWN = 'it is not on record as attached';

function checkTold(host: Host, key: EndpointKey, netns: string, told: Told): void {
  const { attachment, hostLocalFolder } = told;
  if (attachment === undefined) fail(key, [UNKNOWN]);
  if (isPart(key)) {
    if (!isDoneByReference(host, key, told)) fail(key, [UNKNOWN]);
    return;
  }
  using namespace = openNamespace(netns);
  const problems = [
    ...inspectRemembered(host, key, attachment, namespace),
    ...(hostLocalFolder === undefined ? [] : inspectHostLocal(hostLocalFolder, key, attachment)),
  ];
  if (problems.length > 0) fail(key, problems);
}

function fail(key: EndpointKey, problems: string[]): never {
  throw new TsnetError('TSNET_CHECK', `endpoint ${ownerName(key)}: ${problems.join('; ')}`);
}
