// Calling another plugin, as for an IPAM plugin that is not tsnet's (CNI spec 1.1.0, section 4).

import type { SpawnSyncOptionsWithStringEncoding, SpawnSyncReturns } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from './environment.ts';
import { CniError, cniCodes } from './error.ts';
import { goObject, optional, required, withDefault } from './go-json.ts';
import { integer, text } from './reader.ts';
import { pause } from './pause.ts';
import type { Call } from './plugin.ts';
import { decodeResult } from './result-decoding.ts';
import type { Result } from './result.ts';

/** The parts of a call that a delegate gets to see. */
export type DelegatedCall = Pick<Call, 'path' | 'env' | 'rawConfig'>;

/** The executable of a plugin, as it is found in CNI_PATH. */
interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/** The executable `type` in the first of the folders `path` that has it, links followed; undefined when none has. */
function findInPath(type: string, path: readonly string[]): Found | undefined {
  for (const folder of path) {
    const place = join(folder, type);
    const stats = statOf(place);
    if (stats?.isFile() === true) return { path: place, stats };
  }
  return undefined;
}

/**
 * Returns the path of the executable of the plugin `type`. Throws a CniError 999 for a name that would lead out of the
 * folders and when no folder has it.
 */
export function executableOf(type: string, path: readonly string[]): string {
  if (type === '' || /[/\\]/.test(type))
    throw new CniError(cniCodes.internal, `invalid plugin name: ${type}`);
  const found = findInPath(type, path);
  if (found === undefined)
    throw new CniError(
      cniCodes.internal,
      `failed to find plugin ${JSON.stringify(type)} in path [${path.join(' ')}]: install it there or mend CNI_PATH`,
    );
  return found.path;
}

/** Tells whether the plugin `type` in the folders `path` is another program than this one. */
export function isForeign(type: string, path: readonly string[]): boolean {
  const found = findInPath(type, path);
  if (found === undefined) return false;
  if (ownFiles.some((own) => isSameFile(found.stats, own))) return false;
  // The client next to the executable is a door to the same program; it may be installed anew meanwhile.
  ownFiles = [statOf('/proc/self/exe'), statOf(join(dirname(process.execPath), 'tsnet-client'))];
  return !ownFiles.some((own) => isSameFile(found.stats, own));
}

let ownFiles: (Stats | undefined)[] = [];

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

// The number of a file that is gone may be given to another one, but not at the same time.
function isSameFile(one: Stats, other: Stats | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev && one.ctimeMs === other.ctimeMs;
}

/**
 * Runs the plugin `type` with `command`, the environment and the complete configuration of `call`; its stderr goes to
 * ours. Returns the result of an ADD, undefined for other verbs. Throws a CniError: with code, message and details of
 * the delegate when it reported an error, 999 when it could not be run, 6 when its output makes no sense.
 */
export function delegate(call: DelegatedCall, type: string, command: Command): Result | undefined {
  const executable = executableOf(type, call.path);
  const { status, signal, stdout } = execute(executable, {
    input: JSON.stringify(call.rawConfig),
    env: { ...call.env, CNI_COMMAND: command },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 16 * 1024 * 1024,
  });
  const output = stdout.trim();
  if (status !== 0) throw delegateError(type, output, signal ?? `exit code ${status}`);
  if (command !== 'ADD') return undefined;
  if (output === '') throw new CniError(cniCodes.decode, `plugin "${type}": succeeded but printed no result`);
  return decodeResult(parseJson(type, output), `result of plugin "${type}"`);
}

function execute(executable: string, options: SpawnSyncOptionsWithStringEncoding): SpawnSyncReturns<string> {
  // Not imported above: most calls delegate nothing, and loading it would cost them 2 ms.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  for (let attempt = 1; ; attempt++) {
    const child = spawnSync(executable, [], options);
    const error = child.error as NodeJS.ErrnoException | undefined;
    // EPIPE: it ended without reading its stdin, which is its right.
    const hasEnded = child.status !== null || child.signal !== null;
    if (!error || (error.code === 'EPIPE' && hasEnded)) return child;
    // The executable is being installed: whoever writes it will be done in a moment.
    const isBeingWritten = error.code === 'ETXTBSY' && attempt <= 5;
    if (!isBeingWritten) throw new CniError(cniCodes.internal, `plugin "${executable}": ${error.message}`);
    pause(200);
  }
}

const reportedError = goObject({
  code: required(integer(0, Number.MAX_SAFE_INTEGER)),
  msg: withDefault('', text),
  details: optional(text),
});

function delegateError(type: string, output: string, end: string): CniError {
  const reported = reportedError.quick(tryParseJson(output));
  if (reported) return new CniError(reported.code, reported.msg, reported.details);
  const printed = output === '' ? 'printed nothing' : `printed no CNI error: ${output.slice(0, 200)}`;
  return new CniError(cniCodes.internal, `plugin "${type}": failed with ${end} and ${printed}`);
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseJson(type: string, text: string): unknown {
  const json = tryParseJson(text);
  if (json === undefined)
    throw new CniError(cniCodes.decode, `plugin "${type}": its result is not JSON: ${text.slice(0, 200)}`);
  return json;
}
