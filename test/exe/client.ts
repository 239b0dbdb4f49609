// The client of the daemon beside a one-shot executable that only tells how it was called.
import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { client } from '../../tools/paths.ts';
import { FakeDaemon } from '../fake-daemon.ts';
import { call } from './executable.ts';
import type { Outcome } from './executable.ts';

if (!existsSync(client)) throw new Error(`${client} is missing: run "npm run build" first`);

/** What the fake one-shot executable prints in front of its stdin. */
export const FIRST = 'one-shot\n';
export const RETRY = 'one-shot, again\n';

// Its stdin, and what it was told by the client.
const ONE_SHOT = `#!/bin/sh
if [ "\${TSNET_RETRY-}" = 1 ]; then echo 'one-shot, again'; else echo one-shot; fi
exec /bin/cat
`;

export interface ClientStart {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly argv0?: string;
  /** A command that the client is run by. */
  readonly wrapper?: readonly string[];
  readonly stdio?: StdioOptions;
}

/** A client that runs. */
export interface RunningClient {
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
}

/** A folder with the client, called `bridge`, and a fake one-shot executable; a run directory for a daemon. */
export class ClientBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsnet-client-'));
  readonly run = join(this.folder, 'run');
  readonly plugin = join(this.folder, 'bridge');
  readonly oneShot = join(this.folder, 'tsnet');
  readonly #daemons: FakeDaemon[] = [];

  constructor() {
    copyFileSync(client, join(this.folder, 'tsnet-client'));
    symlinkSync('tsnet-client', this.plugin);
    writeFileSync(this.oneShot, ONE_SHOT, { mode: 0o755 });
  }

  /** Starts a daemon. */
  daemon(backlog?: number): FakeDaemon {
    const daemon = new FakeDaemon(this.run, backlog);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Starts the client about the container `box`. */
  start({ env, input = '', argv0, wrapper = [], stdio = 'pipe' }: ClientStart = {}): RunningClient {
    const [file = this.plugin, ...args] = wrapper;
    const child = spawn(file, wrapper.length === 0 ? [] : [...args, this.plugin], {
      env: { ...call('ADD', ''), TSNET_RUN_DIR: this.run, ...env },
      stdio,
      ...(argv0 === undefined ? {} : { argv0 }),
    });
    // A client that is killed does not read on.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const read = async (stream: typeof child.stdout): Promise<string> =>
      stream === null ? '' : (await buffer(stream)).toString('latin1');
    const outcome = Promise.all([ended, read(child.stdout), read(child.stderr)]).then(
      ([status, stdout, stderr]) => ({ status, stdout, stderr }),
    );
    return { pid: child.pid ?? 0, outcome };
  }

  /** Ends the daemons and takes everything away. */
  [Symbol.dispose](): void {
    for (const daemon of this.#daemons) daemon.close();
    rmSync(this.folder, { recursive: true });
  }
}
