// Between the contract and the model: the key of an endpoint from a call, the verbs that need no more than the key, and a
// CNI result from an attachment.
import { Mac } from '../address/index.ts';
import { CniError, cniCodes } from '../cni/index.ts';
import type { Call, GcCall, Result } from '../cni/index.ts';
import type { Attachment } from '../cnm/attachment.ts';
import { check } from '../cnm/check.ts';
import { collect } from '../cnm/collect.ts';
import { detach } from '../cnm/detach.ts';
import type { TakeStray } from '../cnm/detach.ts';
import { Host } from '../cnm/host.ts';
import type { EndpointKey } from '../cnm/request.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';

/** The key of the endpoint that a call is about. */
export function keyOf({ network, containerId, ifname }: Call): EndpointKey {
  return { network, container: containerId, ifname };
}

/** CHECK, DEL and GC as every plugin that attaches endpoints has them. */
export const endpointVerbs = {
  check: (call: Call): void => Host.with(call.env, (host) => check(host, keyOf(call), call.netns)),
  /** Tells whether the endpoint was on record. */
  del: (call: Call, takeStray?: TakeStray): boolean =>
    Host.with(call.env, (host) => detach(host, keyOf(call), call.netns, takeStray)),
  gc: (call: GcCall): void => {
    Host.with(call.env, (host) => collect(host, call.network, keysToKeep(call)));
  },
};

/** The keys of the endpoints that GC has to keep. */
export function keysToKeep({ network, attachments }: GcCall): EndpointKey[] {
  return attachments.map(({ containerId, ifname }) => ({ network, container: containerId, ifname }));
}

/**
 * Whatever is in the way of an ADD makes a plugin unavailable, code 50; where containers suffer that are there already, it is
 * 51 (CNI spec 1.1.0, section 4).
 */
export function asUnavailable(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isTsnetError(error)) throw error;
    const code = isTsnetError(error, 'TSNET_CHECK') ? cniCodes.limitedConnectivity : cniCodes.unavailable;
    throw new CniError(code, error.message, error.details);
  }
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

/** What a result says, as an attachment. A link-layer address that is none of Ethernet's is left out. */
export function fromResult({ interfaces, ips, routes }: Result): Attachment {
  return {
    interfaces: interfaces.map(({ name, mac, mtu = 0, sandbox }) => {
      return { name, mac: ethernetOf(mac), mtu, sandbox };
    }),
    // Results of old versions do not say which interface an address is on: there is one in the sandbox.
    addresses: ips.map(({ address, gateway, interface: at }) => {
      return { address, gateway, interface: at ?? interfaces.findIndex(({ sandbox }) => Boolean(sandbox)) };
    }),
    routes,
  };
}

function ethernetOf(mac = ''): Mac | undefined {
  try {
    return Mac.parse(mac);
  } catch {
    return undefined;
  }
}
