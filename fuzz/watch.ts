// Fuzzes in a thread of its own, which is ended when it does not come back from an input, or takes too much memory.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Report } from './loop.ts';
import { MAX_INPUT } from './mutate.ts';

/** What a thread is to do; `shared` holds how many inputs were begun, the length of this one, and the input. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Ends sooner, after so many runs; 0 for no such end. */
  readonly runs: number;
  readonly shared: SharedArrayBuffer;
}

/** The bytes before the input in `shared`. */
export const HEAD_BYTES = 8;

/** Longer than any input takes, by far. */
const STUCK_MS = 10_000;
const MEGABYTES = 512;

/** Fuzzes the target `order.target`. An input that it does not come back from, or that takes too much memory, is a finding. */
export async function watch(order: Omit<Order, 'shared'>, stuckMs = STUCK_MS): Promise<Report> {
  const shared = new SharedArrayBuffer(HEAD_BYTES + MAX_INPUT);
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
    workerData: { ...order, shared } satisfies Order,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
  });
  const head = new Int32Array(shared, 0, 2);
  return new Promise((resolve) => {
    let seen = -1;
    const end = (report: Report): void => {
      clearInterval(timer);
      void worker.terminate();
      resolve(report);
    };
    const fail = (error: string): void => {
      const input = new Uint8Array(shared, HEAD_BYTES, Atomics.load(head, 1)).slice();
      end({ runs: Atomics.load(head, 0), covered: 0, corpus: [], finding: { input, error } });
    };
    const timer = setInterval(() => {
      const begun = Atomics.load(head, 0);
      if (begun === seen && begun > 0) fail(`it did not come back within ${stuckMs} ms`);
      seen = begun;
    }, stuckMs);
    worker.once('message', end);
    worker.once('error', (error) => {
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  });
}
