// What notifications of the kernel say about what may be damaged. What tsnet itself does damages nothing.
import { NETLINK } from '../../netlink/connection.ts';
import type { Message } from '../../netlink/message.ts';
import { NFNLGRP, NFPROTO } from '../../netlink/netfilter/constants.ts';
import { tableOfChange } from '../../netlink/netfilter/nfnetlink.ts';
import { linkOfAddressChange } from '../../netlink/route/address.ts';
import { AF, IFF, RTM, RTNLGRP } from '../../netlink/route/constants.ts';
import { readLinkChange } from '../../netlink/route/link.ts';
import { Subscription } from '../../netlink/subscription.ts';

/** What is to be looked at: bridges with their ports and addresses, tables of tsnet's, filters of others. */
export type Place = 'links' | 'tables' | 'filters';

/** All of it. */
export const everyPlace: readonly Place[] = ['links', 'tables', 'filters'];

/** What notifications say. */
interface Heard {
  /** What may be damaged. */
  readonly places: ReadonlySet<Place>;
  /** Whether what is known of a bridge itself may be out of date. */
  readonly isAnyBridgeChanged: boolean;
}

/** Listens to what is changed on this host, by whomever. */
export class Signs {
  readonly #links = new Subscription(NETLINK.ROUTE, Object.values(RTNLGRP));
  readonly #tables = new Subscription(NETLINK.NETFILTER, [NFNLGRP.NFTABLES]);

  /** Descriptors that are readable when there is something to read. */
  get fds(): readonly number[] {
    return [this.#links.fd, this.#tables.fd];
  }

  /**
   * What all that has come since the last time says. `ownPort` is the number of the socket by which tsnet changes tables here,
   * if it is known.
   */
  read(ownPort: number | undefined): Heard {
    const links = this.#links.read();
    const tables = this.#tables.read();
    if (links === undefined || tables === undefined)
      return { places: new Set(everyPlace), isAnyBridgeChanged: true };
    const hurt = mayHurtLinks(links) ? ['links' as const] : [];
    return {
      places: new Set([...hurt, ...placesOf(tables, ownPort)]),
      isAnyBridgeChanged: links.some(isOfBridge),
    };
  }

  close(): void {
    this.#links.close();
    this.#tables.close();
  }
}

function isOfBridge(message: Message): boolean {
  return (
    (message.type === RTM.NEWLINK || message.type === RTM.DELLINK) &&
    readLinkChange(message).kind === 'bridge'
  );
}

/** Tells whether a bridge may have gone, or a bridge or a host's end of a pair have lost its place, an address or its being up. */
export function mayHurtLinks(messages: readonly Message[]): boolean {
  const gone = new Set<number>();
  const poorer = new Set<number>();
  const down = new Map<number, boolean>();
  for (const message of messages) {
    if (message.type === RTM.DELADDR) poorer.add(linkOfAddressChange(message));
    if (message.type !== RTM.NEWLINK && message.type !== RTM.DELLINK) continue;
    const { family, index, flags, kind } = readLinkChange(message);
    const isBridge = kind === 'bridge';
    if (message.type === RTM.NEWLINK) {
      const isWatched = isBridge || kind === 'veth';
      if (family === AF.UNSPEC && isWatched) down.set(index, (flags & IFF.UP) === 0);
    } else if (family === AF.BRIDGE) poorer.add(index);
    else if (isBridge) return true;
    else gone.add(index);
  }
  for (const [index, isDown] of down) if (isDown) poorer.add(index);
  // A link that is deleted loses all this first.
  return [...poorer].some((index) => !gone.has(index));
}

/** Where changes of tables by others may have done harm. */
export function placesOf(messages: readonly Message[], ownPort: number | undefined): Set<Place> {
  const places = new Set<Place>();
  for (const message of messages) {
    if (message.port === ownPort) continue;
    const table = tableOfChange(message);
    if (table?.name === 'tsnet') places.add('tables');
    if (table?.name === 'filter' && (table.family === NFPROTO.IPV4 || table.family === NFPROTO.IPV6))
      places.add('filters');
  }
  return places;
}
