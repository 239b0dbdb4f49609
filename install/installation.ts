// tsnet in the place of a node's CNI plugins, and the way back.
//
// The executable and the client of its daemon are put there once, and every plugin is a link to one of them. What was there
// under a plugin's name is kept in a folder beside them, with a note of what was done, and comes back at the end.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';
import { copyAtomically, linkAtomically, writeAtomically } from './atomic-file.ts';
import { conflist } from './conflist.ts';
import type { NetworkSpec } from './conflist.ts';
import { systemdUnits } from './systemd/units.ts';
import { assertOurs, removeFiles, writeFiles } from './written-files.ts';
import type { WrittenFile } from './written-files.ts';

const EXECUTABLE = 'tsnet';
const CLIENT = 'tsnet-client';
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
  /** The bytes of the daemon's client. */
  readonly client: Uint8Array;
  /** Whether the plugins are to call the daemon, which they do as links to its client. */
  readonly isForDaemon: boolean;
  /** The folder to write the daemon's units to; left out, none are written. */
  readonly systemd?: string | undefined;
  /** The names that it is to be called by. */
  readonly plugins: readonly string[];
  /** The network to configure; left out, none is. */
  readonly network?: NetworkSpec | undefined;
}

/** What installations have written so far beside the plugins. */
interface Note {
  readonly files: readonly WrittenFile[];
}

/**
 * Installs or updates. At every moment each name is the old plugin or the new one, whole. Repeating it is no error. Returns
 * what was done, a line each. Throws TSNET_PERMISSION, TSNET_EXISTS for a configuration of that name that is not ours.
 */
export function install(spec: InstallSpec): string[] {
  return asRoot(spec.bin, () => {
    const { files: before } = readNote(spec.bin);
    const files = [...configurationFor(spec, before), ...unitsFor(spec, before)];
    mkdirSync(join(spec.bin, KEPT), { recursive: true, mode: 0o755 });
    copyAtomically(spec.executable, join(spec.bin, EXECUTABLE));
    // Also where no plugin is a link to it: who goes from one kind to the other may be called in between.
    writeAtomically(join(spec.bin, CLIENT), spec.client, 'program');
    const target = spec.isForDaemon ? CLIENT : EXECUTABLE;
    const replaced = spec.plugins.filter((name) => putPlugin(spec.bin, name, target));
    const done = [`installed ${join(spec.bin, target)} and ${spec.plugins.join(' ')}`];
    if (replaced.length > 0) done.push(`kept what was there before: ${replaced.join(' ')}`);
    if (files.length > 0) {
      const paths = files.map(({ path }) => path);
      const note = { files: [...before.filter(({ path }) => !paths.includes(path)), ...files] };
      writeAtomically(join(spec.bin, KEPT, NOTE), `${JSON.stringify(note)}\n`);
    }
    return [...done, ...writeFiles(files)];
  });
}

/** Undoes it: what was replaced comes back, what is not as we left it stays. Returns what was done, a line each. */
export function uninstall({ bin }: Pick<Folders, 'bin'>): string[] {
  return asRoot(bin, () => {
    const kept = join(bin, KEPT);
    if (!existsSync(kept)) {
      throw new TsnetError('TSNET_NOT_FOUND', `${bin}: tsnet is not installed there (--bin-dir)`);
    }
    const done = removeFiles(readNote(bin).files);
    const before = readdirSync(kept).filter((name) => name !== NOTE);
    for (const name of readdirSync(bin).filter((each) => ourTarget(bin, each) !== undefined)) {
      if (before.includes(name)) copyAtomically(join(kept, name), join(bin, name));
      else rmSync(join(bin, name));
    }
    for (const name of [CLIENT, EXECUTABLE]) rmSync(join(bin, name), { force: true });
    rmSync(kept, { recursive: true });
    if (before.length > 0) done.push(`brought back: ${before.join(' ')}`);
    return [...done, `removed tsnet from ${bin}`];
  });
}

/** Tells whether a folder has any network configuration that a runtime would read. */
export function isConfigured(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => /\.(conf|conflist|json)$/.test(name));
}

/** Which file of ours a name is a link to, if it is. */
function ourTarget(bin: string, name: string): string | undefined {
  try {
    return [EXECUTABLE, CLIENT].find((target) => target === readlinkSync(join(bin, name)));
  } catch {
    return undefined;
  }
}

/** Tells whether something else was there under that name. */
function putPlugin(bin: string, name: string, target: string): boolean {
  const path = join(bin, name);
  const before = ourTarget(bin, name);
  if (before === target) return false;
  const isTaken = before === undefined && existsSync(path);
  if (isTaken) copyAtomically(path, join(bin, KEPT, name));
  linkAtomically(target, path);
  return isTaken;
}

function readNote(bin: string): Note {
  const path = join(bin, KEPT, NOTE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Note) : { files: [] };
}

function configurationFor({ conf, network }: InstallSpec, before: readonly WrittenFile[]): WrittenFile[] {
  if (network === undefined) return [];
  const path = join(conf, `10-${network.name}.conflist`);
  assertOurs(path, before, 'there is a configuration of that name: take it away, or use --name');
  return [{ path, text: conflist(network) }];
}

function unitsFor({ bin, systemd }: InstallSpec, before: readonly WrittenFile[]): WrittenFile[] {
  if (systemd === undefined) return [];
  return systemdUnits(join(bin, EXECUTABLE)).map(({ name, text }) => {
    const path = join(systemd, name);
    assertOurs(path, before, 'there is a unit of that name: take it away, or leave --systemd-dir out');
    return { path, text };
  });
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
