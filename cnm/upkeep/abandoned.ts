// What belongs to sandboxes that are gone: containers that ended without a DEL, and nobody sends GC.
import { log } from '../../log/log.ts';
import { findLink } from '../../netlink/route/link.ts';
import { inhabitedNamespaces } from '../../netns/inhabited.ts';
import { ownNamespace } from '../../netns/namespace.ts';
import { endpointId, interfaceOf, listEndpoints, ownerName, sandboxPlaces } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { detach } from '../detach.ts';
import type { Host } from '../host.ts';
import { hostLinkName } from '../interface/names.ts';
import { isGone } from '../stale.ts';

/** How many times longer an endpoint is left alone that was never finished: whoever makes it may still be at it. */
const UNFINISHED_TIMES = 10;

/** Finds what is abandoned by looking again and again. */
export class Abandoned {
  readonly #pauseMs: number;
  /** When each was seen first, by id and time of creation. */
  #seen = new Map<string, number>();

  /** @param pauseMs how long something must have been gone before it is taken away */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /**
   * Looks once, and takes away what was gone the last time already. `now` is in ms, of a clock that is never set. Goes on
   * where something cannot be taken away, and gives the names of what was.
   */
  collect(host: Host, now: number): string[] {
    const gone = findGone(host);
    const seen = new Map(gone.map((one) => [signOf(one), this.#seen.get(signOf(one)) ?? now]));
    this.#seen = seen;
    const ripe = gone.filter((one) => now - (seen.get(signOf(one)) ?? now) >= this.#patienceFor(one));
    return ripe.flatMap((endpoint) => {
      try {
        detach(host, endpoint);
        return [ownerName(endpoint)];
      } catch (error) {
        log('info', 'could not be collected', () => ({ endpoint: ownerName(endpoint), error }));
        return [];
      }
    });
  }

  #patienceFor({ state }: Endpoint): number {
    return state === 'adding' ? this.#pauseMs * UNFINISHED_TIMES : this.#pauseMs;
  }
}

// An endpoint that is made anew under the same key is another one.
function signOf({ id, created }: Endpoint): string {
  return `${created} ${id}`;
}

/**
 * The endpoints whose sandbox is gone, the newest first: what a chain added last goes before what it was added to. Throws
 * KernelError.
 */
export function findGone(host: Host): Endpoint[] {
  const own = ownNamespace();
  const missing: string[] = [];
  // The host's own is not gone before we are.
  for (const place of sandboxPlaces(host.db))
    if (place.inode !== own.inode && isGone(place)) missing.push(place.id);
  const suspects = missing
    .flatMap((id) => listEndpoints(host.db, 'id', id))
    .filter((one) => !hasNearEnd(host, one));
  if (suspects.length === 0) return [];
  const inhabited = inhabitedNamespaces();
  return suspects
    .filter(({ inode }) => !inhabited.has(inode))
    .sort((one, other) => (signOf(one) < signOf(other) ? 1 : -1));
}

// The kernel deletes a pair with the namespace that one of its ends is in, however many names that had.
function hasNearEnd(host: Host, endpoint: Endpoint): boolean {
  const id = endpointId({ ...endpoint, ifname: interfaceOf(endpoint) });
  return findLink(host.route, { ifname: hostLinkName(id) }) !== undefined;
}
