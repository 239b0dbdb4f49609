// A daemon that does nothing of its own: the test sees what its client asks, and says what it is answered.
import { closeSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  acceptConnection,
  bindUnix,
  isSystemError,
  listenOn,
  openUnixSocket,
  peerOf,
  receiveMessage,
  sendMessage,
  startWatch,
  stopWatch,
  watchOnce,
} from '../native/index.ts';

/** What a client has sent. */
export interface Request {
  readonly version: string;
  readonly plugin: string;
  /** NAME=value, sorted. */
  readonly variables: readonly string[];
  readonly stdin: Buffer;
  /** Descriptors that came along; the caller closes them at its end. */
  readonly descriptors: readonly number[];
}

/** Waits until `look` finds something. */
export async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await setTimeout(1);
  }
}

/** One connection of a client. */
export class Caller {
  readonly #fd: number;
  #isOpen = true;
  #descriptors: readonly number[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The process at the other end. */
  get pid(): number {
    return peerOf(this.#fd).pid;
  }

  /** Waits until there is something to receive, and leaves it there. */
  async hasSent(): Promise<void> {
    await new Promise<void>((resolve) => {
      startWatch(() => {
        resolve();
      });
      watchOnce(this.#fd, 'readable');
    });
    stopWatch();
  }

  /** Waits for the request; undefined when the client has gone without one. */
  async receive(): Promise<Request | undefined> {
    const bytes = Buffer.alloc(1 << 18);
    const { length, descriptors } = await until(() => receiveMessage(this.#fd, bytes));
    this.#descriptors = descriptors;
    if (length === 0) return undefined;
    const fields: string[] = [];
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(0, at);
      const field = bytes.toString('utf8', at, end);
      at = end + 1;
      if (field === '') break;
      fields.push(field);
    }
    const [version = '', plugin = '', ...variables] = fields;
    return { version, plugin, variables: variables.sort(), stdin: bytes.subarray(at, length), descriptors };
  }

  /** Sends one message. Throws SystemError when the client takes no more. */
  send(kind: string, content: string | Uint8Array = ''): void {
    sendMessage(this.#fd, Buffer.concat([Buffer.from(kind), Buffer.from(content)]));
  }

  /** Sends one message as soon as the client's queue has room for it. */
  async deliver(kind: string, content: string | Uint8Array = ''): Promise<void> {
    await until(() => {
      try {
        this.send(kind, content);
        return true;
      } catch (error) {
        if (isSystemError(error, 'EAGAIN')) return undefined;
        throw error;
      }
    });
  }

  /** Sends the last message. */
  end(code: number, stdout: string | Uint8Array = ''): void {
    this.send('X', Buffer.concat([Buffer.from([code]), Buffer.from(stdout)]));
  }

  /** Hangs up, as a daemon does that is done or that dies. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const fd of [this.#fd, ...this.#descriptors]) closeSync(fd);
  }
}

export class FakeDaemon {
  readonly #fd: number;
  readonly #path: string;
  readonly #callers: Caller[] = [];

  /** Listens where the daemon of the run directory `run` does. */
  constructor(run: string, backlog = 64) {
    mkdirSync(run, { recursive: true, mode: 0o700 });
    this.#path = join(run, 'tsnet.sock');
    this.#fd = openUnixSocket('seqpacket');
    bindUnix(this.#fd, this.#path);
    listenOn(this.#fd, backlog);
  }

  /** Waits for the next client. */
  async accept(): Promise<Caller> {
    const caller = new Caller(await until(() => acceptConnection(this.#fd)));
    this.#callers.push(caller);
    return caller;
  }

  /** Waits for the next client and its request. */
  async serve(): Promise<Caller & { readonly request: Request }> {
    const caller = await this.accept();
    const request = await caller.receive();
    if (request === undefined) throw new Error('the client has sent nothing');
    return Object.assign(caller, { request });
  }

  close(): void {
    for (const caller of this.#callers) caller.close();
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }
}
