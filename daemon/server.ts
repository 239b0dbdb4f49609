// Takes connections and requests as they come, and serves them one after the other.
import { acceptConnection, isSystemError, startWatch, stopWatch, watchOnce } from '../native/index.ts';
import type { Plugin } from '../cni/index.ts';
import { holdBack, log } from '../log/log.ts';
import { ended } from './answer.ts';
import type { Outcome } from './answer.ts';
import { assertNeighbour, assertTrusted } from './caller.ts';
import { Client } from './client.ts';
import type { Asked } from './client.ts';
import { Refusal } from './refusal.ts';
import { decodeRequest, TAKEN_OVER } from './request.ts';
import type { Request } from './request.ts';
import { admit, audit, serve, Withdrawn } from './serve.ts';
import type { Plugins } from './serve.ts';
import type { Listener } from './socket.ts';

/** The most connections; each may hold two descriptors, and 1,024 are what a process may have by default. */
const MAX_CLIENTS = 400;

/** How often those who wait for their turn are told so; a client gives up after 2 s without a word (native/client). */
const COMFORT_MS = 500;

/** How long to wait when a connection cannot be taken, as when there are too many open files. */
const PAUSE_MS = 100;

/** A call that was admitted and waits for its turn. */
interface Task {
  readonly client: Client;
  readonly plugin: Plugin;
  readonly request: Request;
  readonly descriptor: number | undefined;
}

/** What goes on beside the calls. */
export interface Aside {
  /** Called when the watch has begun, and when it is about to end. */
  readonly start?: () => void;
  readonly stop?: () => void;
  /** Called for a descriptor that is ready and is none of the server's. */
  readonly onReady?: (fd: number) => void;
  /** Told of each call that was served, and of each that was refused. */
  readonly onServed?: (request: Request, outcome: Outcome, milliseconds: number) => void;
  readonly onRefused?: () => void;
}

export class Server {
  readonly #plugins: Plugins;
  readonly #listener: Listener;
  readonly #aside: Aside;
  readonly #clients = new Map<number, Client>();
  readonly #queue: Task[] = [];
  readonly #finished = Promise.withResolvers<undefined>();
  #isWorking = false;
  #comforted = 0;
  #isStopping = false;

  constructor(plugins: Plugins, listener: Listener, aside: Aside = {}) {
    this.#plugins = plugins;
    this.#listener = listener;
    this.#aside = aside;
  }

  /** Serves until it is stopped and the last answer is out. */
  async run(): Promise<void> {
    startWatch((fd) => {
      this.#onReady(fd);
    });
    watchOnce(this.#listener.fd, 'readable');
    this.#aside.start?.();
    await this.#finished.promise;
    this.#aside.stop?.();
    stopWatch();
  }

  /** Takes no more connections; who has asked already is served. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#listener.refuse()) this.#accept();
    this.#listener.close();
    for (const client of [...this.#clients.values()]) {
      if (client.isAsking) this.#hear(client);
      if (client.isAsking) client.refuse('the daemon is ending');
    }
    this.#finishIfDone();
  }

  // The descriptor may be closed by now, or that of somebody who came later: nobody minds being asked for nothing.
  #onReady(fd: number): void {
    try {
      if (fd === this.#listener.fd && !this.#isStopping) {
        this.#accept();
        watchOnce(fd, 'readable');
        return;
      }
      const client = this.#clients.get(fd);
      if (client === undefined) this.#aside.onReady?.(fd);
      else if (client.isAsking) this.#hear(client);
      else client.goOn();
    } catch (error) {
      log('info', 'a connection could not be served', () => ({ error }));
      if (fd === this.#listener.fd) setTimeout(() => this.#onReady(fd), PAUSE_MS);
      else this.#clients.get(fd)?.close();
    }
  }

  #accept(): void {
    for (let fd = this.#acceptOne(); fd !== undefined; fd = this.#acceptOne()) {
      const accepted = fd;
      const client = new Client(accepted, () => {
        this.#clients.delete(accepted);
        this.#finishIfDone();
      });
      this.#clients.set(accepted, client);
      this.#hear(client);
    }
  }

  #acceptOne(): number | undefined {
    try {
      return acceptConnection(this.#listener.fd);
    } catch (error) {
      // Nobody waits, and nobody will.
      if (this.#isStopping && isSystemError(error, 'EINVAL')) return undefined;
      throw error;
    }
  }

  #hear(client: Client): void {
    try {
      const asked = client.receive();
      if (this.#clients.size > MAX_CLIENTS) throw new Refusal(`there are ${MAX_CLIENTS} callers already`);
      if (asked !== undefined) this.#consider(client, asked);
    } catch (error) {
      this.#refuse(client, error);
    }
  }

  #refuse(client: Client, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    log('info', 'refused', () => ({ ...client.peer, reason }));
    this.#aside.onRefused?.();
    client.refuse(reason);
  }

  #consider(client: Client, { bytes, descriptor }: Asked): void {
    assertTrusted(client.peer);
    const request = decodeRequest(bytes);
    if (request.plugin === TAKEN_OVER) {
      client.close();
      // Not at once: more may be waiting to be accepted.
      setImmediate(() => this.stop());
      return;
    }
    assertNeighbour(client.peer, client.fd);
    const plugin = admit(this.#plugins, request, descriptor);
    this.#queue.push({ client, plugin, request, descriptor });
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#comforted = performance.now();
    // Whoever waits to be accepted is, before the first is served, and others are heard between any two.
    await Promise.resolve();
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      await this.#serve(task);
      await turn();
      this.#comfort();
    }
    this.#isWorking = false;
    this.#finishIfDone();
  }

  // Only between calls: while one takes too long, the others had better serve themselves.
  #comfort(): void {
    const now = performance.now();
    if (now - this.#comforted < COMFORT_MS) return;
    this.#comforted = now;
    for (const { client } of this.#queue) client.comfort();
  }

  async #serve({ client, plugin, request, descriptor }: Task): Promise<void> {
    // Whoever waits for the answer need not wait for what is told of it.
    const tellAll = holdBack();
    try {
      if (!client.isOpen) return;
      const began = performance.now();
      const outcome = await serve(plugin, request, descriptor, () => client.begin());
      const milliseconds = performance.now() - began;
      client.end(ended(outcome));
      audit(client.peer, request, outcome, milliseconds);
      this.#aside.onServed?.(request, outcome, milliseconds);
    } catch (error) {
      if (error instanceof Refusal) this.#refuse(client, error);
      else if (!(error instanceof Withdrawn)) {
        log('info', 'a call could not be served', () => ({ error }));
        client.close();
      }
    } finally {
      tellAll();
    }
  }

  #finishIfDone(): void {
    if (this.#isStopping && !this.#isWorking && this.#queue.length === 0 && this.#clients.size === 0)
      this.#finished.resolve(undefined);
  }
}

/** Lets everything be told that has happened meanwhile. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
