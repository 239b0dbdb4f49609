// What a call tells of an endpoint, for verbs that meet one which is not on record.
import type { Call } from '../cni/index.ts';
import type { Told } from '../cnm/reference.ts';
import { fromResult } from './endpoint.ts';
import { folderOf } from './host-local-files.ts';

/** What the runtime remembers of the ADD, and where host-local kept the addresses that it gave. */
export function toldBy(call: Call): Told {
  return {
    attachment: call.prevResult === undefined ? undefined : fromResult(call.prevResult),
    hostLocalFolder: folderOf(call),
  };
}
