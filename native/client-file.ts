// Where the bytes of the daemon's client are: the built file when running from sources, else the executable's own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let embedded: string | undefined;

/** Tells where the executable carries the client's bytes; called by native/embedded.ts alone. */
export function setEmbeddedClient(path: string): void {
  embedded = path;
}

/** The executable file of the daemon's client (native/client). Throws the system's error when it is not built. */
export function readClient(): Uint8Array {
  return readFileSync(embedded ?? join(import.meta.dirname, 'build', 'tsnet-client'));
}
