// The thread in which inputs are run.
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './loop.ts';
import { readSeeds } from './seeds.ts';
import { loadTarget } from './targets.ts';
import { HEAD_BYTES } from './watch.ts';
import type { Order } from './watch.ts';

const { target, seed, milliseconds, runs, shared } = workerData as Order;
const head = new Int32Array(shared, 0, 2);
const body = new Uint8Array(shared, HEAD_BYTES);
const end = performance.now() + milliseconds;

const report = await fuzz(await loadTarget(target), {
  seed,
  kept: readSeeds(target),
  isOver: (done) => (runs > 0 && done >= runs) || performance.now() > end,
  announce: (input) => {
    body.set(input);
    Atomics.store(head, 1, input.length);
    Atomics.add(head, 0, 1);
  },
});
parentPort?.postMessage(report);
