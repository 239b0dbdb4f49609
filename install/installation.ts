// tsnet in the place of a node's CNI plugins, and the way back.
//
// The executable is copied once and every plugin is a link to it. What was there under a plugin's name is kept in a folder
// beside them, with a note of what was done, and comes back at the end.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { copyAtomically, linkAtomically, writeAtomically } from './atomic-file.ts';
import { conflist } from './conflist.ts';
import type { NetworkSpec } from './conflist.ts';

const EXECUTABLE = 'tsnet';
const KEPT = '.tsnet-replaced';
const NOTE = 'installation.json';

/** Where plugins and configurations are. */
export interface Folders {
  readonly bin: string;
  readonly conf: string;
}

/** What is to be installed. */
export interface InstallSpec extends Folders {
  /** The file to copy. */
  readonly executable: string;
  /** The names that it is to be called by. */
  readonly plugins: readonly string[];
  /** The network to configure; left out, none is. */
  readonly network?: NetworkSpec | undefined;
}

/** What an installation has done so far: the configuration that it wrote, if any. */
interface Note {
  readonly conflist?: { readonly path: string; readonly text: string } | undefined;
}

/**
 * Installs or updates. At every moment each name is the old plugin or the new one, whole. Repeating it is no error. Returns
 * what was done, a line each. Throws TSNET_PERMISSION, TSNET_EXISTS for a configuration of that name that is not ours.
 */
export function install(spec: InstallSpec): string[] {
  return asRoot(spec.bin, () => {
    const note = readNote(spec.bin);
    const configuration = spec.network && configurationFor(spec, spec.network, note);
    mkdirSync(join(spec.bin, KEPT), { recursive: true, mode: 0o755 });
    copyAtomically(spec.executable, join(spec.bin, EXECUTABLE));
    const replaced = spec.plugins.filter((name) => putPlugin(spec.bin, name));
    const done = [`installed ${join(spec.bin, EXECUTABLE)} and ${spec.plugins.join(' ')}`];
    if (replaced.length > 0) done.push(`kept what was there before: ${replaced.join(' ')}`);
    if (configuration === undefined) return done;
    mkdirSync(spec.conf, { recursive: true });
    writeAtomically(join(spec.bin, KEPT, NOTE), `${JSON.stringify({ conflist: configuration })}\n`);
    writeAtomically(configuration.path, configuration.text);
    return [...done, `wrote ${configuration.path}`];
  });
}

/** Undoes it: what was replaced comes back, what is not as we left it stays. Returns what was done, a line each. */
export function uninstall({ bin }: Pick<Folders, 'bin'>): string[] {
  return asRoot(bin, () => {
    const kept = join(bin, KEPT);
    if (!existsSync(kept)) {
      throw new TsnetError('TSNET_NOT_FOUND', `${bin}: tsnet is not installed there (--bin-dir)`);
    }
    const done = removeConfiguration(readNote(bin));
    const before = readdirSync(kept).filter((name) => name !== NOTE);
    for (const name of readdirSync(bin).filter((each) => isOurs(bin, each))) {
      if (before.includes(name)) copyAtomically(join(kept, name), join(bin, name));
      else rmSync(join(bin, name));
    }
    rmSync(join(bin, EXECUTABLE), { force: true });
    rmSync(kept, { recursive: true });
    if (before.length > 0) done.push(`brought back: ${before.join(' ')}`);
    return [...done, `removed tsnet from ${bin}`];
  });
}

/** Tells whether a folder has any network configuration that a runtime would read. */
export function isConfigured(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => /\.(conf|conflist|json)$/.test(name));
}

function isOurs(bin: string, name: string): boolean {
  try {
    return readlinkSync(join(bin, name)) === EXECUTABLE;
  } catch {
    return false;
  }
}

/** Tells whether something else was there under that name. */
function putPlugin(bin: string, name: string): boolean {
  const path = join(bin, name);
  if (isOurs(bin, name)) return false;
  const isTaken = existsSync(path);
  if (isTaken) copyAtomically(path, join(bin, KEPT, name));
  linkAtomically(EXECUTABLE, path);
  return isTaken;
}

function readNote(bin: string): Note {
  const path = join(bin, KEPT, NOTE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Note) : {};
}

function configurationFor(
  { conf }: InstallSpec,
  network: NetworkSpec,
  note: Note,
): { path: string; text: string } {
  const path = join(conf, `10-${network.name}.conflist`);
  const isForeign = existsSync(path) && readFileSync(path, 'utf8') !== note.conflist?.text;
  if (isForeign) {
    throw new TsnetError(
      'TSNET_EXISTS',
      `${path}: there is a configuration of that name: take it away, or use --name`,
    );
  }
  return { path, text: conflist(network) };
}

function removeConfiguration({ conflist: written }: Note): string[] {
  if (written === undefined || !existsSync(written.path)) return [];
  if (readFileSync(written.path, 'utf8') !== written.text) return [`left ${written.path}: it was changed`];
  rmSync(written.path);
  return [`removed ${written.path}`];
}

function asRoot<T>(bin: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, path = bin } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw new TsnetError('TSNET_PERMISSION', `cannot write ${path}: run as root`, { cause });
    throw cause;
  }
}
