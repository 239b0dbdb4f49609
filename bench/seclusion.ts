// Namespaces of the bench's own: what it mounts and makes is gone with its last process.
import { execFileSync, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

const MARK = 'TSNET_BENCH_OUTSIDE';

/** Tells whether this process is in namespaces of its own: not where the one was that called `runSecluded`. */
export function isSecluded(): boolean {
  const outside = process.env[MARK];
  return outside !== undefined && outside !== readlinkSync('/proc/self/ns/mnt');
}

/** Runs this very command again in new mount and network namespaces, as their root, and returns its exit code. */
export function runSecluded(): number {
  const asRoot = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const command = [process.execPath, ...process.argv.slice(1)];
  const { status, error } = spawnSync(
    'unshare',
    [...asRoot, '--net', '--mount', '--propagation', 'private', ...command],
    { stdio: 'inherit', env: { ...process.env, [MARK]: readlinkSync('/proc/self/ns/mnt') } },
  );
  if (error !== undefined) throw new Error(`cannot start unshare: ${error.message}`, { cause: error });
  return status ?? 1;
}

/** Gives this process an empty /run, for state, locks and namespaces; only in a mount namespace of its own. */
export function takeRun(): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tsnet-bench', '/run']);
}
