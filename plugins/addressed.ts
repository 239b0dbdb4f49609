// The verbs of a plugin that makes an interface with addresses of its own.
import { Mac } from '../address/index.ts';
import { CniError, cniCodes } from '../cni/index.ts';
import type { Call, GcCall, NetworkConfig, Result } from '../cni/index.ts';
import { assertAttachable, attach } from '../cnm/attach.ts';
import { check } from '../cnm/check.ts';
import { detach } from '../cnm/detach.ts';
import { collectFromHostLocal, releaseFromHostLocal } from '../cnm/host-local.ts';
import { Host } from '../cnm/host.ts';
import { collectReference, forgetReference } from '../cnm/reference.ts';
import type { AddressedRequest } from '../cnm/request.ts';
import { assertReady } from '../cnm/status.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';
import { addressingOf, askIpam, folderOfHostLocal, hasForeignIpam, tellIpam } from './addressing.ts';
import type { IpamAnswer } from './addressing.ts';
import { endpointVerbs, keptBy, keyOf, toResult } from './endpoint.ts';
import { toldBy } from './told.ts';

/** Makes the request of an ADD from its call and from what IPAM decided. */
type ToRequest<Config extends NetworkConfig> = (call: Call<Config>, answer: IpamAnswer) => AddressedRequest;

function add<Config extends NetworkConfig>(
  call: Call<Config>,
  mode: AddressedRequest['mode'],
  toRequest: ToRequest<Config>,
): Result {
  if (hasForeignIpam(call)) {
    // Its DEL, after a failure, would free what an endpoint of this key holds.
    const target = { mode, key: keyOf(call), netns: call.netns };
    Host.with(call.env, (host) => assertAttachable(host, target));
  }
  try {
    const answer = askIpam(call);
    const attachment = Host.with(call.env, (host) => attach(host, toRequest(call, answer)));
    return toResult(attachment, call.config.dns ?? answer.dns);
  } catch (error) {
    giveUpIpam(call);
    throw error;
  }
}

// A delegate is told of every ADD that failed, its own included; the error that led here is the one to tell.
function giveUpIpam(call: Call): void {
  try {
    tellIpam(call, 'DEL');
  } catch {
    return;
  }
}

function del(call: Call): void {
  const key = keyOf(call);
  Host.with(call.env, (host) => {
    if (!detach(host, key, call.netns)) forgetReference(host, key, toldBy(call));
  });
  const folder = folderOfHostLocal(call);
  if (folder !== undefined) releaseFromHostLocal(folder, key);
  tellIpam(call, 'DEL');
}

// What the reference left goes, too: addresses last, since they tell whose rules there are.
function gc(call: GcCall): void {
  endpointVerbs.gc(call);
  const folder = folderOfHostLocal(call);
  Host.with(call.env, (host) => collectReference(host, call.network, keptBy(call), folder));
  if (folder !== undefined) collectFromHostLocal(folder, keptBy(call));
  tellIpam(call, 'GC');
}

// Whatever is in the way of an ADD makes the plugin unavailable (CNI spec 1.1.0, section 4, code 50).
function status(call: Call): void {
  try {
    Host.with(call.env, (host) => assertReady(host, call.network, addressingOf(call)));
  } catch (error) {
    if (!isTsnetError(error)) throw error;
    throw new CniError(cniCodes.unavailable, error.message, error.details);
  }
  tellIpam(call, 'STATUS');
}

/** ADD, CHECK, DEL, GC and STATUS of a plugin whose ADD is the request that `toRequest` makes, of that mode. */
export function addressedVerbs<Config extends NetworkConfig>(
  mode: AddressedRequest['mode'],
  toRequest: ToRequest<Config>,
) {
  return {
    add: (call: Call<Config>) => add(call, mode, toRequest),
    check: (call: Call): void => {
      Host.with(call.env, (host) => check(host, keyOf(call), call.netns, toldBy(call)));
      tellIpam(call, 'CHECK');
    },
    del,
    gc,
    status,
  };
}

/** The link-layer address asked for: the first of the runtime's, the configuration's, and the old CNI_ARGS'. */
export function requestedMac({ config, args }: Call): Mac | undefined {
  const text = args.get('MAC');
  return (
    config.runtimeConfig?.mac ?? config.args?.cni?.mac ?? (text === undefined ? undefined : Mac.parse(text))
  );
}
