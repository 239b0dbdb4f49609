// The verbs of an IPAM plugin, which plugins of others ask for addresses; those of tsnet take them in process.
import type { Call, GcCall, Result } from '../cni/index.ts';
import { attach } from '../cnm/attach.ts';
import { Host } from '../cnm/host.ts';
import { IPAM } from '../cnm/request.ts';
import { assertAddressesLeft } from '../cnm/status.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';
import type { IpamAnswer } from './addressing.ts';
import { partKey, partVerbs } from './chained.ts';
import { asUnavailable, endpointVerbs, toResult } from './endpoint.ts';
import { collectOld, hasOld, releaseOld } from './host-local-files.ts';

const part = partVerbs(IPAM, () => true);

function add(call: Call, { addressing, routes, dns }: IpamAnswer): Result {
  const request = { mode: 'lease', key: partKey(call, IPAM), netns: call.netns, addressing } as const;
  const { addresses } = Host.with(call.env, (host) => attach(host, request));
  return toResult({ interfaces: [], addresses, routes }, dns);
}

function check(call: Call): void {
  try {
    part.check(call);
  } catch (error) {
    if (!isTsnetError(error, 'TSNET_CHECK') || !hasOld(call)) throw error;
  }
}

/** ADD, CHECK, DEL, GC and STATUS of an IPAM plugin whose answer to a call is what `ask` gives. */
export function leaseVerbs(ask: (call: Call) => IpamAnswer) {
  return {
    add: (call: Call) => add(call, ask(call)),
    check,
    del: (call: Call): void => {
      if (!part.del(call)) releaseOld(call);
    },
    gc: (call: GcCall): void => {
      endpointVerbs.gc(call);
      collectOld(call);
    },
    status: (call: Call): void => {
      const { addressing } = ask(call);
      asUnavailable(() => Host.with(call.env, (host) => assertAddressesLeft(host, call.network, addressing)));
    },
  };
}
