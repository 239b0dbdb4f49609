// A /run of its own, for who has a mount namespace and may not write to the host's.
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bindTree, mountMemory } from '../native/index.ts';

const RUN = '/run';

/** Where all that the host has in there is still to be found. */
const BEFORE = '.host';

/** What tells of the host's networks. */
const left = ['tsnet', 'netns'];

/**
 * Covers /run with a folder in memory, in which everything else is a link to what was there. `scratch` is a folder to make it
 * in; nothing of it is seen outside. Needs a mount namespace of its own. Throws SystemError.
 */
export function coverRun(scratch: string): void {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const names = readdirSync(RUN).filter((name) => !left.includes(name));
  mountMemory(scratch);
  mkdirSync(join(scratch, BEFORE));
  bindTree(RUN, join(scratch, BEFORE));
  // In a world within a world it is the outer one's, which has a link for each of its own.
  for (const name of names.filter((one) => one !== BEFORE))
    symlinkSync(join(RUN, BEFORE, name), join(scratch, name));
  bindTree(scratch, RUN);
}
