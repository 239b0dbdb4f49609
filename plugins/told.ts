// What a call tells of an endpoint, for verbs that meet one which is not on record.
import type { Call } from '../cni/index.ts';
import { detach } from '../cnm/detach.ts';
import type { TakeStray } from '../cnm/detach.ts';
import type { Host } from '../cnm/host.ts';
import { forgetReference } from '../cnm/reference.ts';
import type { Told } from '../cnm/reference.ts';
import type { EndpointKey } from '../cnm/request.ts';
import { fromResult } from './endpoint.ts';
import { folderOf } from './host-local-files.ts';

/** What the runtime remembers of the ADD, and where host-local kept the addresses that it gave. */
export function toldBy(call: Call): Told {
  return {
    attachment: call.prevResult === undefined ? undefined : fromResult(call.prevResult),
    hostLocalFolder: folderOf(call),
  };
}

/** Takes an endpoint away, or what the reference has left of one that is not on record. Tells whether it was on record. */
export function detachTold(host: Host, key: EndpointKey, call: Call, takeStray?: TakeStray): boolean {
  const isKnown = detach(host, key, call.netns, takeStray);
  if (!isKnown) forgetReference(host, key, toldBy(call));
  return isKnown;
}
