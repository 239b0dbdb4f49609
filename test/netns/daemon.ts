// The shipped daemon in a lab, and callers of it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { bun, cniFolder, executable } from '../../tools/paths.ts';
import type { Config, Options } from './cni.ts';
import type { DaemonAnswer, DaemonCall } from './daemon-client.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';

export type { DaemonAnswer, DaemonCall } from './daemon-client.ts';

/** A daemon that runs. */
export class TestDaemon {
  /** What it has told on stderr so far, a line each. */
  readonly lines: string[] = [];
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts one in the lab's host and waits until it listens; `wrapper` is a command that it is run by. */
  static async start(
    lab: Lab,
    env: NodeJS.ProcessEnv = {},
    {
      options = [],
      wrapper = [],
    }: { readonly options?: readonly string[]; readonly wrapper?: readonly string[] } = {},
  ): Promise<TestDaemon> {
    const [file, args] = lab.inside(HOST, [...wrapper, executable, 'daemon', ...options]);
    const places = { TSNET_RUN_DIR: lab.runDir, TSNET_STATE_DIR: lab.stateDir };
    const child = spawn(file, args, {
      env: { ...process.env, ...places, ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const daemon = new TestDaemon(child);
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => daemon.lines.push(line));
    await Promise.race([once(lines, 'line'), daemon.ended]);
    expect(daemon.lines[0]).toBe(`tsnet: listening on ${join(lab.runDir, 'tsnet.sock')}`);
    return daemon;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Ends it, if it runs, and gives its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** A call as a runtime makes it of a plugin, for the daemon. */
export function daemonCall(
  lab: Lab,
  verb: string,
  container: string,
  config: Config,
  { plugin, ifname, netns, env }: Options & { env?: Readonly<Record<string, string>> } = {},
): DaemonCall {
  return {
    plugin: plugin ?? (typeof config === 'string' ? 'bridge' : String(config['type'])),
    env: {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: container,
      CNI_NETNS: netns ?? `/run/netns/${container}`,
      CNI_IFNAME: ifname ?? 'eth0',
      CNI_PATH: cniFolder,
      TSNET_RUN_DIR: lab.runDir,
      TSNET_STATE_DIR: lab.stateDir,
      ...env,
    },
    stdin: typeof config === 'string' ? config : JSON.stringify(config),
  };
}

/** Makes all calls at once, from a place of the lab; `wrapper` is a command that the caller is run by. */
export async function askDaemon(
  lab: Lab,
  calls: readonly DaemonCall[],
  where = HOST,
  wrapper: readonly string[] = [],
  path = join(lab.runDir, 'tsnet.sock'),
): Promise<DaemonAnswer[]> {
  const script = join(import.meta.dirname, 'daemon-client.ts');
  const argv = [...wrapper, bun, script, path];
  const [file, args] = lab.inside(where, argv);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(calls));
  const printed = await text(child.stdout);
  return JSON.parse(printed) as DaemonAnswer[];
}

/** Makes one call. */
export async function askOnce(lab: Lab, call: DaemonCall, where = HOST): Promise<DaemonAnswer> {
  const [answer] = await askDaemon(lab, [call], where);
  if (answer === undefined) throw new Error('the client printed no answer');
  return answer;
}
