// What endpoints are kept from, and those behind a device together.
import type { Database } from './database.ts';

/**
 * What an endpoint is kept from, both ways, beside published ports: the other members of its network, the other networks of
 * the host, or all that is not its network; in this order.
 */
export const wallKinds = ['members', 'networks', 'outside'] as const;
export type Wall = (typeof wallKinds)[number];

/** How a network is asked to keep to itself. */
export interface Seclusion {
  /** Its members may call each other. */
  readonly hasIcc: boolean;
  /** It and other networks of the host may not call each other. */
  readonly isIsolated: boolean;
  /** There is no way in or out. */
  readonly isInternal: boolean;
}

/** The walls that a seclusion needs. */
export function wallsOf({ hasIcc, isIsolated, isInternal }: Seclusion): Wall[] {
  const isWanted: Record<Wall, boolean> = { members: !hasIcc, networks: isIsolated, outside: isInternal };
  return wallKinds.filter((kind) => isWanted[kind]);
}

/** Reads the column of an endpoint. */
export function wallsIn(text = ''): Wall[] {
  return wallKinds.filter((kind) => text.split(',').includes(kind));
}

/**
 * What endpoints behind a device, and not on their way out, are kept from. It goes from each combination to the next: how
 * many endpoints there are is all the same to it.
 */
export function wallsBehind(db: Database, device: string): Wall[] {
  const next = `SELECT walls FROM endpoint WHERE bridge = ? AND walls > ? AND state <> 'deleting' ORDER BY walls LIMIT 1`;
  const found = new Set<Wall>();
  for (let row = db.get(next, device, ''); row !== undefined;) {
    const text = row['walls'] as string;
    for (const wall of wallsIn(text)) found.add(wall);
    row = db.get(next, device, text);
  }
  return wallKinds.filter((kind) => found.has(kind));
}

/** The devices whose endpoints, not on their way out, are kept from something, with each such thing once. */
export function listWalls(db: Database): { device: string; wall: Wall }[] {
  const devices = db.all('SELECT DISTINCT bridge FROM endpoint WHERE walls IS NOT NULL ORDER BY bridge');
  return devices.flatMap(({ bridge }) =>
    wallsBehind(db, bridge as string).map((wall) => ({ device: bridge as string, wall })),
  );
}
