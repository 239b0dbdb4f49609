// What the kernel tells of changes, whoever made them: a socket that is joined to multicast groups. netlink(7).
import { closeSync } from 'node:fs';
import { HERE, isSystemError, openNetlink, receive, setOption, SYS, waitReadable } from '../native/index.ts';
import { NETLINK_OPTION } from './connection.ts';
import { splitMessages } from './message.ts';
import type { Message } from './message.ts';

const BUFFER_BYTES = 1 << 20;
const DATAGRAM_BYTES = 1 << 16;

/** Notifications of some groups of one protocol in one network namespace. */
export class Subscription {
  /** Becomes readable when there is something. */
  readonly fd: number;
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES);

  /** Joins the groups inside `namespace` (a descriptor, or HERE). Throws SystemError. */
  constructor(protocol: number, groups: readonly number[], namespace = HERE) {
    this.fd = openNetlink(namespace, protocol);
    try {
      setOption(this.fd, SYS.SOL_SOCKET, SYS.SO_RCVBUFFORCE, BUFFER_BYTES);
    } catch (error) {
      // Without CAP_NET_ADMIN in the first user namespace less is kept, and more lost.
      if (!isSystemError(error, 'EPERM')) throw error;
    }
    for (const group of groups) setOption(this.fd, SYS.SOL_NETLINK, NETLINK_OPTION.ADD_MEMBERSHIP, group);
  }

  /** All that has come since the last time; undefined when some of it was lost: then anything may have changed. */
  read(): Message[] | undefined {
    const messages: Message[] = [];
    let isWhole = true;
    while (waitReadable(this.fd, 0)) {
      const length = this.#receive();
      if (length === undefined || length > this.#buffer.length) isWhole = false;
      else messages.push(...splitMessages(this.#buffer.slice(0, length)));
    }
    return isWhole ? messages : undefined;
  }

  close(): void {
    closeSync(this.fd);
  }

  #receive(): number | undefined {
    try {
      return receive(this.fd, this.#buffer);
    } catch (error) {
      if (isSystemError(error, 'ENOBUFS')) return undefined;
      throw error;
    }
  }
}
