// Deletes links without waiting for the end of the kernel's work on it.
//
// The kernel takes a link down, with its routes and its place in a bridge, and out of everybody's sight at once, a veth together
// with its peer in whatever namespace that is. Whether it is in sight can be asked without any lock. Then the kernel goes on under
// its lock on links (rtnl), for which whoever asks for a link by netlink waits, 1 ms for a veth and 25 ms for a bridge
// (rcu_barrier in br_multicast_dev_del); and then there is a grace period of some 20 ms, until nobody can be looking at what is
// freed (netdev_run_todo in net/core/dev.c). Nobody has to wait for either.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { log } from '../../log/log.ts';
import type { Connection, Pending } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { deleteLink, subjectOf } from './link.ts';
import type { LinkKey } from './link.ts';

const INTERVAL_MICROSECONDS = 50;
const PATIENCE_MS = 10_000;

interface Line {
  readonly connection: Connection;
  pending: Pending | undefined;
}

/** Deletes links of one namespace, each over a connection that is busy with it until the kernel has answered. */
export class LinkRemover {
  readonly #view: Connection;
  readonly #open: () => Connection;
  readonly #lines: Line[] = [];

  /** `view` is of the namespace where the links are, and `open` opens more connections of it. */
  constructor(view: Connection, open: () => Connection) {
    this.#view = view;
    this.#open = open;
  }

  /**
   * Deletes a link, and returns when nobody sees it any more; that it is gone already is no error. Throws KernelError,
   * and TSNET_BUSY when it is still there after 10 seconds.
   */
  remove(key: LinkKey): void {
    const index = indexOf(this.#view, key);
    if (index === undefined) return;
    const line = this.#freeLine();
    line.pending = watch(line.connection.begin(deleteLink({ index })), key, () => this.#view.seesLink(index));
  }

  /** Waits for the kernel's answers to all that it was asked. */
  close(): void {
    for (const line of this.#lines.splice(0)) {
      settle(line);
      line.connection.close();
    }
  }

  #freeLine(): Line {
    const free = this.#lines.find(({ pending }) => pending?.isAnsweredWithin(0) !== false);
    if (free !== undefined) {
      settle(free);
      return free;
    }
    const line = { connection: this.#open(), pending: undefined };
    this.#lines.push(line);
    return line;
  }
}

/**
 * The same for one link of a namespace that is not to be kept open: the connection that `open` opens is the kernel's alone
 * once nobody sees the link any more, and goes with its work on it.
 */
export function removeLink(view: Connection, open: () => Connection, key: LinkKey): void {
  const index = indexOf(view, key);
  if (index === undefined) return;
  using connection = open();
  watch(connection.begin(deleteLink({ index })), key, () => view.seesLink(index));
}

/**
 * The same in a process that ends soon, and need not wait for the kernel's work to do so: a child does. That one keeps
 * `beside` open, too.
 */
export function leaveLink(
  view: Connection,
  open: () => Connection,
  key: LinkKey,
  beside: Connection | undefined,
): void {
  const index = indexOf(view, key);
  if (index === undefined) return;
  using connection = open();
  watch(connection.leave(deleteLink({ index }), beside), key, () => view.seesLink(index));
}

function indexOf(view: Connection, key: LinkKey): number | undefined {
  if ('ifname' in key) return view.linkIndex(key.ifname);
  return view.seesLink(key.index) ? key.index : undefined;
}

// Gives what is still to be answered, if anything is. The link is deleted by its index, which no other link gets: one that is
// made by this name meanwhile is not meant.
function watch(pending: Pending, key: LinkKey, isThere: () => boolean): Pending | undefined {
  const deadline = performance.now() + PATIENCE_MS;
  while (isThere()) {
    if (pending.isAnsweredWithin(INTERVAL_MICROSECONDS)) {
      finishUnlessGone(pending);
      return undefined;
    }
    if (performance.now() > deadline)
      throw new TsnetError('TSNET_BUSY', `${subjectOf(key)} is still there after 10 seconds`);
  }
  return pending;
}

// Somebody else may have been faster.
function finishUnlessGone(pending: Pending): void {
  try {
    pending.finish();
  } catch (error) {
    if (!isKernelError(error, 'ENODEV')) throw error;
  }
}

// Takes the answer, of which nothing is left to be told: whoever waited for it saw that the link had gone.
function settle(line: Line): void {
  try {
    line.pending?.finish();
  } catch (error) {
    log('info', 'answer to a link that has gone', () => ({ error }));
  }
  line.pending = undefined;
}
