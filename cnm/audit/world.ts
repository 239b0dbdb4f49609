// All that an audit is about, read at one moment.
import { existsSync } from 'node:fs';
import type { World } from '../../audit/world.ts';
import { filtersOutOfReach } from '../../firewall/out-of-reach.ts';
import { runDatabase } from '../../state/place.ts';
import type { Host } from '../host.ts';
import { readKernel } from './kernel.ts';
import { readMembers } from './members.ts';
import { wantedTables } from './wanted.ts';

/**
 * Reads the kernel, the sandboxes and the store; sends nothing and changes nothing. A store that is not there is not made.
 * Throws KernelError, or what opening the store throws.
 */
export function readWorld(host: Host): World {
  const db = existsSync(runDatabase(host.places.run)) ? host.db : undefined;
  return {
    members: db === undefined ? [] : readMembers(db),
    wanted: wantedTables(host, db !== undefined),
    kernel: readKernel(host),
    unseen: filtersOutOfReach(host.netfilter),
  };
}
