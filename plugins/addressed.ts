// The verbs of a plugin that makes an interface with addresses of its own.
import { Mac } from '../address/index.ts';
import type { Call, GcCall, NetworkConfig, Result } from '../cni/index.ts';
import { assertAttachable, attach } from '../cnm/attach.ts';
import { check } from '../cnm/check.ts';
import type { TakeStray } from '../cnm/detach.ts';
import { Host } from '../cnm/host.ts';
import { collectReference } from '../cnm/reference.ts';
import type { AddressedRequest } from '../cnm/request.ts';
import { assertReady } from '../cnm/status.ts';
import type { Need } from '../cnm/status.ts';
import { addressingOf, askIpam, hasForeignIpam, tellIpam } from './addressing.ts';
import type { IpamAnswer } from './addressing.ts';
import { asUnavailable, endpointVerbs, keyOf, keysToKeep, toResult } from './endpoint.ts';
import { collectOld, folderOf, releaseOld } from './host-local-files.ts';
import { detachTold, toldBy } from './told.ts';

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

function del(call: Call, takeStray?: TakeStray): void {
  const isOurs = Host.with(call.env, (host) => detachTold(host, keyOf(call), call, takeStray));
  // Who is on record has nothing from host-local, in whose folder there may be thousands of files.
  if (!isOurs) releaseOld(call);
  tellIpam(call, 'DEL');
}

// What the reference left goes, too: addresses last, since they tell whose rules there are.
function gc(call: GcCall): void {
  endpointVerbs.gc(call);
  Host.with(call.env, (host) => collectReference(host, call.network, keysToKeep(call), folderOf(call)));
  if (!hasForeignIpam(call)) collectOld(call);
  tellIpam(call, 'GC');
}

function status(call: Call, needs: readonly Need[]): void {
  asUnavailable(() =>
    Host.with(call.env, (host) => assertReady(host, call.network, addressingOf(call), needs)),
  );
  tellIpam(call, 'STATUS');
}

/** What the verbs must know of the interface that a plugin makes. */
export interface MadeInterface {
  /** Takes away what DEL finds that is not on record; left out, a veth pair. */
  readonly takeStray?: TakeStray;
  readonly needs?: readonly Need[];
}

/**
 * ADD, CHECK, DEL, GC and STATUS of a plugin whose ADD is the request that `toRequest` makes, of that mode.
 */
export function addressedVerbs<Config extends NetworkConfig>(
  mode: AddressedRequest['mode'],
  toRequest: ToRequest<Config>,
  { takeStray, needs = [] }: MadeInterface = {},
) {
  return {
    add: (call: Call<Config>) => add(call, mode, toRequest),
    check: (call: Call): void => {
      Host.with(call.env, (host) => check(host, keyOf(call), call.netns, toldBy(call)));
      tellIpam(call, 'CHECK');
    },
    del: (call: Call) => del(call, takeStray),
    delegates: hasForeignIpam,
    gc,
    status: (call: Call) => status(call, needs),
  };
}

/** The link-layer address asked for: the first of the runtime's, the configuration's, and the old CNI_ARGS'. */
export function requestedMac({ config, args }: Call): Mac | undefined {
  const text = args.get('MAC');
  return (
    config.runtimeConfig?.mac ?? config.args?.cni?.mac ?? (text === undefined ? undefined : Mac.parse(text))
  );
}
