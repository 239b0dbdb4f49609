// What plugins have in common that come behind another in a chain and add a part to its endpoint.
import { CniError, cniCodes } from '../cni/index.ts';
import type { Call, Result } from '../cni/index.ts';
import { check } from '../cnm/check.ts';
import type { TakeStray } from '../cnm/detach.ts';
import { Host } from '../cnm/host.ts';
import { partOf } from '../cnm/request.ts';
import type { EndpointKey } from '../cnm/request.ts';
import { assertReady } from '../cnm/status.ts';
import type { Need } from '../cnm/status.ts';
import { asUnavailable, endpointVerbs, keyOf } from './endpoint.ts';
import { detachTold, toldBy } from './told.ts';

/** The result of the plugins before. Throws CniError 7 when there are none. */
export function previousOf({ prevResult }: Call): Result {
  if (prevResult === undefined) {
    throw new CniError(cniCodes.invalidConfig, 'must be called as chained plugin');
  }
  return prevResult;
}

/** Tells whether an interface of a result is one of the host. */
export function isOfHost({ sandbox }: Result['interfaces'][number]): boolean {
  return sandbox === undefined || sandbox === '';
}

/** The host's interfaces that the plugins before have made. */
export function hostInterfacesOf({ interfaces }: Result): string[] {
  return interfaces.filter(isOfHost).map(({ name }) => name);
}

/** The key of what a plugin adds to the endpoint that a call is about. */
export function partKey(call: Call, plugin: string): EndpointKey {
  return partOf(keyOf(call), plugin);
}

/** What the verbs must know of the part that a plugin adds. */
interface MadePart {
  /** Takes away what DEL finds that is not on record. */
  readonly takeStray?: TakeStray;
  readonly needs?: readonly Need[];
}

/** CHECK, DEL, GC and STATUS of a plugin that adds a part; CHECK only when the configuration asks for one. */
export function partVerbs<Config extends Call['config']>(
  plugin: string,
  isAsked: (call: Call<Config>) => boolean,
  { takeStray, needs = [] }: MadePart = {},
) {
  return {
    check: (call: Call<Config>): void => {
      if (!isAsked(call)) return;
      Host.with(call.env, (host) => check(host, partKey(call, plugin), call.netns, toldBy(call)));
    },
    /** Tells whether the part was on record. */
    del: (call: Call): boolean =>
      Host.with(call.env, (host) => detachTold(host, partKey(call, plugin), call, takeStray)),
    gc: endpointVerbs.gc,
    status: ({ env, network }: Call): void =>
      asUnavailable(() => Host.with(env, (host) => assertReady(host, network, { from: 'nowhere' }, needs))),
  };
}
