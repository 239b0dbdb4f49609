// The shipped executable as the tests of this folder call it: as a runtime would, or from a shell inside namespaces.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cniFolder, executable } from '../../tools/paths.ts';

export { cniFolder, executable };

/** dist/cni/bridge, a link to the executable. */
export const bridge = join(cniFolder, 'bridge');

if (!existsSync(bridge)) throw new Error(`${bridge} is missing: run "npm run build" first`);

/** How a process ended and what it printed. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly args?: readonly string[];
  /** The name it is called by, when not that of the file. */
  readonly argv0?: string;
}

/** Runs a program in exactly the environment given, and waits for its end. Throws when it cannot be started. */
export function start(
  file: string,
  { env = {}, cwd = '/', input = '', args = [], argv0 }: Start = {},
): Outcome {
  const name = argv0 === undefined ? {} : { argv0 };
  const ended = spawnSync(file, args, { env, cwd, input, encoding: 'utf8', maxBuffer: 1 << 26, ...name });
  if (ended.error !== undefined) throw ended.error;
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

/** A configuration that every plugin takes, with `more` keys. */
export function config(more: object = {}): string {
  return JSON.stringify({ cniVersion: '1.0.0', name: 'exe', type: 'bridge', ...more });
}

/** The variables of a call about the container `box`. */
export function call(command: string, netns: string): Record<string, string> {
  return { CNI_COMMAND: command, CNI_CONTAINERID: 'box', CNI_NETNS: netns, CNI_IFNAME: 'eth0' };
}

/**
 * A call that needs the native addon and nothing else: no rights, no state. The addon tells that /dev/null is no network
 * namespace, and the call ends with `addonAnswer`.
 */
export const addonCall = call('ADD', '/dev/null');

/** What `addonCall` prints when the addon could be loaded. */
export const addonAnswer = {
  cniVersion: '1.0.0',
  code: 8,
  msg: 'network namespace "/dev/null": it is no network namespace',
};

const unshare = ['--mount', '--net', '--propagation', 'private'];
const asRoot = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];

function isInstalled(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v "$0"`, tool]).status === 0;
}

/** Why a test with these needs cannot run here; undefined when it can. */
export function obstacle({ namespaces = false, tools = [] as readonly string[] }): string | undefined {
  const missing = tools.find((tool) => !isInstalled(tool));
  if (missing !== undefined) return `${missing} is not installed`;
  if (!namespaces) return undefined;
  if (!isInstalled('unshare')) return 'unshare is not installed';
  const { status, stderr } = spawnSync('unshare', [...asRoot, ...unshare, 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no namespaces of our own: ${stderr.trim()}`;
}

/** Every folder that a program may be tempted to write to. */
export const writableFolders = ['/dev/shm', '/run', '/tmp', '/var/tmp', '/var/lib'];

/**
 * Runs a shell script in mount and network namespaces of its own. There the executable is `/mnt/bridge`, alone in a
 * read-only folder, `writableFolders` are empty file systems with the mount options `options`, and what remains in
 * them can be listed by the function `leftovers`, but for mount's own /run/mount. Everything is gone with the script.
 */
export function inSeclusion(script: string, options = 'mode=1777', input = ''): Outcome {
  const prologue = `
    set -eu
    exe=$(readlink -f "$1")
    mount -t tmpfs exe /mnt
    touch /mnt/bridge
    mount --bind "$exe" /mnt/bridge
    mount -o remount,ro exe /mnt
    cd /
    for folder in ${writableFolders.join(' ')}; do mount -t tmpfs -o "${options}" exe "$folder"; done
    leftovers() { find ${writableFolders.join(' ')} -mindepth 1 ! -path '/run/mount*'; }
    set +e
  `;
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const args = [...asRoot, ...unshare, 'sh', '-c', prologue + script, 'sh', bridge];
  return start('unshare', { args, env, input });
}

/** The assignments that put `env` before a command in a shell script. */
export function assignments(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');
}
