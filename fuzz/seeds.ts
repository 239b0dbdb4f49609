// Inputs that are kept: those that once broke a law, and those that a run was worth keeping for.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the inputs of all targets are. */
const folder = join(import.meta.dirname, 'seeds');

/** The inputs kept for a target. */
export function readSeeds(target: string): Uint8Array[] {
  const own = join(folder, target);
  if (!existsSync(own)) return [];
  return readdirSync(own)
    .sort()
    .map((name) => readFileSync(join(own, name)));
}

/** Keeps an input, under a name that follows from it, and returns its path. */
export function keepSeed(target: string, input: Uint8Array): string {
  const own = join(folder, target);
  mkdirSync(own, { recursive: true });
  const path = join(own, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(path, input);
  return path;
}
