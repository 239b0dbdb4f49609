// Configuration that an installation writes for other programs: never over somebody else's, and taken away unless somebody
// has changed it since.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { writeAtomically } from './atomic-file.ts';

/** A file and what was written into it. */
export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** Throws TSNET_EXISTS when there is a file at `path` that is not as we have `written` it; `remedy` is what helps. */
export function assertOurs(path: string, written: readonly WrittenFile[], remedy: string): void {
  const ours = written.find((file) => file.path === path)?.text;
  if (existsSync(path) && readFileSync(path, 'utf8') !== ours)
    throw new TsnetError('TSNET_EXISTS', `${path}: ${remedy}`);
}

/** Writes the files and the folders that they are in. Returns what was done, a line each. */
export function writeFiles(files: readonly WrittenFile[]): string[] {
  return files.map(({ path, text }) => {
    mkdirSync(dirname(path), { recursive: true });
    writeAtomically(path, text);
    return `wrote ${path}`;
  });
}

/** Takes the files away that are as they were written. Returns what was done, a line each. */
export function removeFiles(files: readonly WrittenFile[]): string[] {
  return files
    .filter(({ path }) => existsSync(path))
    .map(({ path, text }) => {
      if (readFileSync(path, 'utf8') !== text) return `left ${path}: it was changed`;
      rmSync(path);
      return `removed ${path}`;
    });
}
