// Waiting in synchronous code.

const never = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread for about `milliseconds`. */
export function pause(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}
