// What may change about an endpoint while it is there.
import type { Database } from './database.ts';
import type { Endpoint } from './endpoint.ts';

/** The part of an endpoint that its network decides. */
export type Changeable = Pick<Endpoint, 'id' | 'isMasqueraded' | 'egress' | 'walls' | 'guard' | 'kept'>;

/** Notes what has become of an endpoint. */
export function changeEndpoint(
  db: Database,
  { id, isMasqueraded, egress, walls, guard, kept }: Changeable,
): void {
  db.run(
    'UPDATE endpoint SET masquerade = ?, egress = ?, walls = ?, guard = ?, kept = ? WHERE id = ?',
    isMasqueraded ? 1 : 0,
    egress ?? null,
    walls.length === 0 ? null : walls.join(),
    guard ?? null,
    kept ?? null,
    id,
  );
}
