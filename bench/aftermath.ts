// What the kernel has yet to do when namespaces are given up: it takes them down in the background, in their order.
import { execFileSync, spawnSync } from 'node:child_process';
import { pause } from './daemon.ts';

const LINK = 'aftermath0';
const PAUSE_MS = 20;
const PATIENCE_MS = 120_000;

/**
 * Waits until the namespaces that were given up are gone, which would disturb whoever comes next: makes one more, with an end
 * of a veth pair, which goes after them. Throws when that does not happen within two minutes.
 */
export function awaitAftermath(): void {
  const pair = ['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', LINK, 'netns'];
  execFileSync('unshare', ['--net', ...pair, String(process.pid)]);
  const begin = performance.now();
  while (spawnSync('ip', ['link', 'show', LINK]).status === 0) {
    if (performance.now() - begin > PATIENCE_MS) throw new Error('namespaces that were given up do not go');
    pause(PAUSE_MS);
  }
}
