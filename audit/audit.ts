// The whole of it: from what is observed to what is told.
import { deviceFlags } from './device-flags.ts';
import type { Flag } from './flag.ts';
import { foreignFlags } from './foreign-flags.ts';
import { reachFlags } from './reach-flags.ts';
import { reaches } from './reach.ts';
import type { Reach } from './reach.ts';
import { networksOf } from './source.ts';
import { tableFlags } from './table-flags.ts';
import type { World } from './world.ts';

/** What an audit tells. */
export interface Report {
  readonly networks: readonly string[];
  readonly ways: readonly Reach[];
  readonly flags: readonly Flag[];
  /** Filters that netlink does not show, so that nothing here is about them. */
  readonly unseen: readonly string[];
}

/** Concludes from a world all that there is to tell of it. */
export function audit(world: World): Report {
  const ways = reaches(world);
  return {
    networks: [...networksOf(world.members).keys()],
    ways,
    flags: [...tableFlags(world), ...deviceFlags(world), ...reachFlags(world, ways), ...foreignFlags(world)],
    unseen: world.unseen,
  };
}
