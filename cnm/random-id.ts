/** An id that nothing else has, 64 hex digits, as Docker's are. */
export function randomId(): string {
  // Not of node:crypto, whose loading costs a process 5 ms.
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}
