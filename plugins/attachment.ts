// Between the contract and the model: an endpoint's key from a call, a CNI result from an attachment.
import type { Call, Result } from '../cni/index.ts';
import type { Attachment } from '../cnm/attachment.ts';
import type { EndpointKey } from '../cnm/request.ts';

/** The key of the endpoint that a call is about. */
export function keyOf({ network, containerId, ifname }: Call): EndpointKey {
  return { network, container: containerId, ifname };
}

/** The result that tells a runtime of an attachment. `dns` is passed on, tsnet does not act on it. */
export function toResult({ interfaces, addresses, routes }: Attachment, dns: Result['dns'] = {}): Result {
  return {
    interfaces: interfaces.map(({ mac, ...rest }) => ({ ...rest, mac: mac?.toString() })),
    ips: addresses.map((one) => ({ ...one })),
    routes: routes.map((route) => ({ ...route })),
    dns,
  };
}
