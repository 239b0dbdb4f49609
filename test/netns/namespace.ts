// A fresh network namespace for one test, and other people's tools inside it.
import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { createNamespace } from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';

/** A network namespace with a connection of each kind inside; it is gone when it is disposed of. */
export class TestNamespace {
  readonly fd = createNamespace();
  readonly route: Connection = openConnection(this.fd, NETLINK.ROUTE);
  readonly netfilter: Connection = openConnection(this.fd, NETLINK.NETFILTER);

  /** Runs a tool inside; throws with what it printed when it fails. */
  run(...argv: string[]): string {
    const path = `--net=/proc/${process.pid}/fd/${this.fd}`;
    const { status, stdout, stderr, error } = spawnSync('nsenter', [path, ...argv], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    this.route.close();
    this.netfilter.close();
    closeSync(this.fd);
  }
}

/** Why tests that need root and these tools cannot run here; undefined when they can. */
export function whyNotHere(...tools: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'root is needed';
  const missing = ['nsenter', ...tools].filter((tool) => spawnSync('which', [tool]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** The name of a group of tests, with the reason when it is skipped. */
export function titled(name: string, reason: string | undefined): string {
  return reason === undefined ? name : `${name} (skipped: ${reason})`;
}
