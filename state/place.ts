// Where the state lives.
import { mkdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';

/** The directory of what lives for one boot (TSNET_RUN_DIR) and of what a person defined (TSNET_STATE_DIR). */
export interface Places {
  readonly run: string;
  readonly state: string;
}

function directory(env: NodeJS.ProcessEnv, variable: string, standard: string): string {
  const path = env[variable] ?? standard;
  if (!isAbsolute(path))
    throw new TsnetError('TSNET_CONFIG', `${variable} "${path}": must be an absolute path`);
  return path;
}

/** The two places, from the environment or where they are by default. */
export function placesFrom(env: NodeJS.ProcessEnv): Places {
  return {
    run: directory(env, 'TSNET_RUN_DIR', '/run/tsnet'),
    state: directory(env, 'TSNET_STATE_DIR', '/var/lib/tsnet'),
  };
}

/** Creates a directory that only its owner may look into. Throws TSNET_STATE or TSNET_PERMISSION. */
export function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new TsnetError(
        'TSNET_PERMISSION',
        `cannot write "${path}": run as root, or set TSNET_RUN_DIR and TSNET_STATE_DIR`,
        { cause },
      );
    }
    throw new TsnetError('TSNET_STATE', `cannot create "${path}": ${(cause as Error).message}`, { cause });
  }
}

/** The kernel's id of this boot (/proc/sys/kernel/random/boot_id). */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The store's file of this boot. An earlier boot's is another file, so a run directory on disk does no harm. */
export function runDatabase(run: string): string {
  return join(run, `state-${bootId().slice(0, 8)}.db`);
}
