// One connection of somebody who asks: one request, its answer, the end.
import { closeSync } from 'node:fs';
import { giveWay, isSystemError, peerOf, receiveMessage, sendMessage, watchOnce } from '../native/index.ts';
import type { Peer } from '../native/index.ts';
import { BEGUN, refused, WAITING } from './answer.ts';
import { Refusal } from './refusal.ts';
import { MAX_REQUEST } from './request.ts';

/** How long somebody may take to ask, or to read what he is answered. */
const PATIENCE_MS = 5_000;

// One byte more than may be sent tells what is too long. Shared: what is received is copied from it at once.
const buffer = new Uint8Array(MAX_REQUEST + 1);

/** What somebody sent. */
export interface Asked {
  /** Valid until the next message is received. */
  readonly bytes: Uint8Array;
  readonly descriptor: number | undefined;
}

export class Client {
  readonly fd: number;
  readonly peer: Peer;
  readonly #closed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #unsent: Uint8Array[] = [];
  #descriptor: number | undefined;
  #hasAsked = false;
  #isEnding = false;
  #isOpen = true;

  /** Takes the connection `fd`; `closed` is called when it is closed again, for whatever reason. */
  constructor(fd: number, closed: () => void) {
    this.fd = fd;
    this.peer = peerOf(fd);
    this.#closed = closed;
  }

  /** Whether anybody may still be told anything. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether its request is still to come. */
  get isAsking(): boolean {
    return this.#isOpen && !this.#hasAsked;
  }

  /** What was asked; undefined when nothing has come yet, or the connection ended. Throws Refusal. */
  receive(): Asked | undefined {
    const message = this.#tryReceive();
    if (message === undefined) return undefined;
    const [descriptor, ...others] = message.descriptors;
    this.#descriptor = descriptor;
    for (const other of others) closeSync(other);
    if (message.length === 0) {
      this.close();
      return undefined;
    }
    this.#hasAsked = true;
    clearTimeout(this.#timer);
    if (others.length > 0 || message.hasMore) throw new Refusal('more than one descriptor came along');
    // One that is too long is cut, and seen to be too long.
    return { bytes: buffer.subarray(0, message.length), descriptor };
  }

  /** Tells that others are served first, to somebody who would not wait much longer. */
  comfort(): void {
    if (!this.#isOpen) return;
    try {
      sendMessage(this.fd, WAITING);
    } catch (error) {
      // That he has given up is seen when it is his turn.
      if (!isSystemError(error)) throw error;
    }
  }

  /**
   * Tells that the call takes effect from here on. False, and closed, when that cannot be told: the caller has given up
   * and serves himself.
   */
  begin(): boolean {
    if (!this.#isOpen) return false;
    try {
      sendMessage(this.fd, BEGUN);
      return true;
    } catch (error) {
      this.close();
      if (isSystemError(error)) return false;
      throw error;
    }
  }

  /** Sends the last messages, and closes when they are gone. */
  end(messages: readonly Uint8Array[]): void {
    if (!this.#isOpen) return;
    this.#unsent = [...messages];
    this.#isEnding = true;
    this.goOn();
    if (this.isOpen) this.#hurry();
  }

  /** Tells that nothing was done, and closes. */
  refuse(reason: string): void {
    this.end([refused(reason)]);
  }

  /** Goes on with what could not be sent yet. */
  goOn(): void {
    if (!this.#isEnding || !this.#isOpen || !this.#flush()) return;
    // He may have been woken where we run, and what is left to do here is of no use to him.
    giveWay();
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    closeSync(this.fd);
    this.#closed();
  }

  #hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), PATIENCE_MS);
  }

  #tryReceive(): ReturnType<typeof receiveMessage> {
    try {
      const message = receiveMessage(this.fd, buffer);
      if (message !== undefined) return message;
      this.#hurry();
      watchOnce(this.fd, 'readable');
      return undefined;
    } catch (error) {
      if (!isSystemError(error, 'ECONNRESET')) throw error;
      this.close();
      return undefined;
    }
  }

  // Tells whether all is sent, or nobody is there any more to send it to.
  #flush(): boolean {
    try {
      for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
        sendMessage(this.fd, next);
        this.#unsent.shift();
      }
      return true;
    } catch (error) {
      if (!isSystemError(error, 'EAGAIN')) return true;
      watchOnce(this.fd, 'writable');
      return false;
    }
  }
}
