// The files that definitions of networks are in.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TsnetError } from '../../errors/tsnet-error.ts';

const STDIN = 0;

/** The files that `paths` stand for: of a folder, those whose names end so. Throws TSNET_CONFIG. */
export function filesIn(paths: readonly string[], endings: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (path === '-') return [path];
    try {
      if (!statSync(path).isDirectory()) return [path];
      const names = readdirSync(path).filter((name) => endings.some((ending) => name.endsWith(ending)));
      return names.sort().map((name) => join(path, name));
    } catch (error) {
      throw new TsnetError('TSNET_CONFIG', `"${path}": ${(error as Error).message}`);
    }
  });
}

/** The JSON in a file, `-` being stdin. Throws TSNET_CONFIG. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path === '-' ? STDIN : path, 'utf8'));
  } catch (error) {
    throw new TsnetError('TSNET_CONFIG', (error as Error).message);
  }
}
