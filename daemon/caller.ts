// Who may ask the daemon for what: root, who is where the daemon is.
import { fileIdentity } from '../native/index.ts';
import type { Peer } from '../native/index.ts';
import { Refusal } from './refusal.ts';

/** What has to be the same file for caller and daemon: then a path, and "the host", mean the same to both. */
const PLACES = {
  'ns/net': 'network namespace',
  'ns/mnt': 'mount namespace',
  root: 'root directory',
} as const;

/** Throws Refusal for a caller who is neither root nor the daemon's own user. */
export function assertTrusted({ uid }: Peer): void {
  if (uid !== 0 && uid !== process.geteuid?.()) throw new Refusal(`user ${uid} may not ask the daemon`);
}

/** Throws Refusal for a caller to whom paths or the host's network are other ones than to the daemon. */
export function assertNeighbour({ pid }: Peer): void {
  if (pid === 0) throw new Refusal('the caller is in a PID namespace that the daemon does not see');
  for (const [place, name] of Object.entries(PLACES)) {
    if (identity(`/proc/${pid}/${place}`) !== own(place))
      throw new Refusal(`the caller is in another ${name} than the daemon`);
  }
}

// This process never changes its place.
const ownPlaces = new Map<string, string>();

function own(place: string): string {
  const known = ownPlaces.get(place) ?? identity(`/proc/self/${place}`);
  ownPlaces.set(place, known);
  return known;
}

function identity(path: string): string {
  try {
    return fileIdentity(path);
  } catch (error) {
    throw new Refusal(`the caller's place is not known: ${(error as Error).message}`);
  }
}
