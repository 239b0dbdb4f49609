// Where things are in the checkout.
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const packages = join(root, 'node_modules');
export const dist = join(root, 'dist');
export const executable = join(dist, 'tsnet');
/** The folder to put into CNI_PATH. */
export const cniFolder = join(dist, 'cni');
/** The client of the daemon, and a folder with a link to it for each plugin: CNI_PATH where a daemon runs. */
export const client = join(dist, 'tsnet-client');
export const clientFolder = join(dist, 'cni-client');
/** The Node that came through npm: new enough for TypeScript and node:sqlite. */
export const node = join(packages, `node-linux-${process.arch}`, 'bin', 'node');
/** Bun, likewise: it compiles the executable, and starts a program in a fifth of the time that Node takes. */
export const bun = join(
  packages,
  '@oven',
  `bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}`,
  'bin',
  'bun',
);
