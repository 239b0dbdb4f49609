// CHECK: is everything still as it was set up?
import { TsnetError } from '../errors/tsnet-error.ts';
import { isSameNamespace, openNamespace, unopened } from '../netns/namespace.ts';
import { findEndpoint, ownerName } from '../state/endpoint.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import { deserialize } from './attachment.ts';
import { driverOf } from './drivers.ts';
import type { Host } from './host.ts';

/** Throws TSNET_CHECK with all that is missing or wrong, TSNET_NETNS when the sandbox cannot be opened. */
export function check(host: Host, key: EndpointKey, netns: string): void {
  const endpoint = findEndpoint(host.db, key);
  if (endpoint?.attachment === undefined) fail(key, ['it is not on record as attached']);
  const driver = driverOf(endpoint.mode);
  using namespace = driver.sandbox === 'any' ? unopened(netns) : openNamespace(netns);
  if (!isSameNamespace(namespace, endpoint)) fail(key, [`"${netns}" is not the sandbox it was attached in`]);
  const problems = driver.inspect(host, endpoint, deserialize(endpoint.attachment), namespace);
  if (problems.length > 0) fail(key, problems);
}

function fail(key: EndpointKey, problems: string[]): never {
  throw new TsnetError('TSNET_CHECK', `endpoint ${ownerName(key)}: ${problems.join('; ')}`);
}
