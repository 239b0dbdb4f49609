// Who may ask the daemon for what: root, who is where the daemon is.
import { closeFile, identityOf, networkOf, openUnixSocket } from '../native/index.ts';
import type { FileIdentity, Peer } from '../native/index.ts';
import { Refusal } from './refusal.ts';

/** Throws Refusal for a caller who is neither root nor the daemon's own user. */
export function assertTrusted({ uid }: Peer): void {
  if (uid !== 0 && uid !== process.geteuid?.()) throw new Refusal(`user ${uid} may not ask the daemon`);
}

/**
 * Throws Refusal for a caller to whom paths or the host's network are other ones than to the daemon. `fd` is the connection to
 * him.
 */
export function assertNeighbour({ pid }: Peer, fd: number): void {
  if (pid === 0) throw new Refusal('the caller is in a PID namespace that the daemon does not see');
  const there = placeOf(pid, fd);
  here ??= ownPlace();
  for (const [name, place] of Object.entries(here))
    if (there[name as keyof Place] !== place)
      throw new Refusal(`the caller is in another ${name} than the daemon`);
}

/** What has to be the same for caller and daemon: then a path, and "the host", mean the same to both. */
interface Place {
  readonly 'network namespace': string;
  readonly 'mount namespace': string;
  readonly 'root directory': string;
}

// This process never changes its place.
let here: Place | undefined;

function ownPlace(): Place {
  const socket = openUnixSocket('seqpacket');
  try {
    return placeOf('self', socket);
  } finally {
    closeFile(socket);
  }
}

function placeOf(pid: number | 'self', fd: number): Place {
  const root = look(`/proc/${pid}/root`);
  return {
    'network namespace': String(networkOf(fd) ?? look(`/proc/${pid}/ns/net`).inode),
    // A mount belongs to one namespace alone, so that of the root directory tells which one it is.
    'mount namespace': String(root.mount || look(`/proc/${pid}/ns/mnt`).inode),
    'root directory': `${root.device}:${root.inode}`,
  };
}

function look(path: string): FileIdentity {
  try {
    const found = identityOf(path);
    if (found !== undefined) return found;
  } catch (error) {
    throw new Refusal(`the caller's place is not known: ${(error as Error).message}`);
  }
  throw new Refusal(`the caller's place is not known: there is no ${path}`);
}
