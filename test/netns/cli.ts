// `tsnet` as a person in the lab would call it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { executable } from '../../tools/paths.ts';
import { HOST } from './lab.ts';
import type { Lab, Outcome } from './lab.ts';

/** A `tsnet run` in the background; `pid` is tsnet's own. */
export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Waits for its end: the exit code, or the signal that killed it. */
  ended(): Promise<number | NodeJS.Signals>;
}

/** The command line in a lab. */
export class Cli {
  readonly #lab: Lab;
  readonly #running: ChildProcess[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  get env(): NodeJS.ProcessEnv {
    return { TSNET_RUN_DIR: this.#lab.runDir, TSNET_STATE_DIR: this.#lab.stateDir };
  }

  /** Runs `tsnet` with these words, whatever its outcome. */
  attempt(...words: string[]): Outcome {
    return this.#lab.attempt(HOST, [executable, ...words], this.env);
  }

  /** Runs `tsnet` with these words and gives what it printed. Throws when it fails. */
  tsnet(...words: string[]): string {
    const { status, stdout, stderr } = this.attempt(...words);
    if (status !== 0) throw new Error(`tsnet ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** The same, for commands that print JSON. */
  json(...words: string[]): unknown {
    return JSON.parse(this.tsnet(...words));
  }

  /** Starts `tsnet run` in the background and waits until its command runs. */
  async start(name: string, ...words: string[]): Promise<Running> {
    const at = words.indexOf('--') + 1;
    const flag = join(this.#lab.folder, `${name}-runs`);
    const command = ['sh', '-c', 'touch "$0"; exec "$@"', flag, ...words.slice(at)];
    const [file, args] = this.#lab.inside(HOST, [
      executable,
      'run',
      '--name',
      name,
      ...words.slice(0, at),
      ...command,
    ]);
    const child = spawn(file, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...this.env },
    });
    this.#running.push(child);
    const end = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    while (!existsSync(flag) && child.exitCode === null) await sleep(10);
    return {
      // nsenter becomes the program that it starts.
      pid: child.pid ?? 0,
      child,
      ended: async () => {
        const [code, signal] = await end;
        return signal ?? code ?? -1;
      },
    };
  }

  /** Ends what still runs in the background. */
  async endAll(): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
}
