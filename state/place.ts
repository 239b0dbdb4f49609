// Where the state lives.
import { lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
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

/**
 * Creates a directory that only its owner may look into. One that is there already has to be ours alone to write to, and so
 * that nobody else can put another in its place. Throws TSNET_STATE or TSNET_PERMISSION.
 */
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
  const { uid } = lstatSync(path);
  if (uid === ROOT && process.geteuid?.() !== ROOT)
    throw new TsnetError(
      'TSNET_PERMISSION',
      `"${path}" is root's: run as root, or set TSNET_RUN_DIR and TSNET_STATE_DIR`,
    );
  const problem = whyNotPrivate(path);
  if (problem !== undefined) {
    throw new TsnetError(
      'TSNET_STATE',
      `"${path}": ${problem}: mend that, or set TSNET_RUN_DIR and TSNET_STATE_DIR`,
    );
  }
}

/** Tells whether a store is there. Throws TSNET_PERMISSION where this user may not know: that is no answer. */
export function isStoreAt(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause;
    const message = `cannot look into "${dirname(file)}": run as root, or set TSNET_RUN_DIR and TSNET_STATE_DIR`;
    throw new TsnetError('TSNET_PERMISSION', message, { cause });
  }
}

const ROOT = 0;

/** The bits of a mode for writing by group and others, for writing by others, and for "only owners delete" (inode(7)). */
const MODE = { SHARED: 0o022, OTHERS: 0o002, STICKY: 0o1000 } as const;

// Names in it decide which files we open and which namespaces we enter.
function whyNotPrivate(path: string): string | undefined {
  const uid = process.geteuid?.();
  const isOurs = (stats: Stats): boolean => stats.uid === uid;
  if (!isOurs(lstatSync(path))) return 'it belongs to another user';
  const directory = statSync(path);
  if (!directory.isDirectory()) return 'it is no directory';
  if (!isOurs(directory)) return 'it belongs to another user';
  if ((directory.mode & MODE.SHARED) !== 0) return 'others may write to it';
  const open = above(path).find((folder) => {
    const { mode } = statSync(folder);
    return (mode & MODE.OTHERS) !== 0 && (mode & MODE.STICKY) === 0;
  });
  return open === undefined ? undefined : `everybody may rename what is in "${open}"`;
}

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...above(parent)];
}

/** The kernel's id of this boot (/proc/sys/kernel/random/boot_id). */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The store's file of this boot. An earlier boot's is another file, so a run directory on disk does no harm. */
export function runDatabase(run: string): string {
  return join(run, `state-${bootId().slice(0, 8)}.db`);
}
