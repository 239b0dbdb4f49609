// What a process that stays need not ask again.
import type { Link } from '../netlink/route/link.ts';

/** What was found, or made sure of, until somebody hears that something has changed. */
export class Certainty {
  /** What holds, in words that are the same each time. */
  readonly facts = new Set<string>();
  /** Bridges of the host by name, as they were found. */
  readonly bridges = new Map<string, Link>();

  /** Forgets all of it, and tells whether there was anything. */
  forget(): boolean {
    const wasThere = this.facts.size > 0 || this.bridges.size > 0;
    this.facts.clear();
    this.bridges.clear();
    return wasThere;
  }
}
