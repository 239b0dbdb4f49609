// The daemon of one side, in the host namespace of its arena.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { executable } from '../tools/paths.ts';

const START_MS = 20_000;
const PAUSE_MS = 20;

/** What a process has taken of the machine so far. */
export interface Usage {
  /** Resident memory. */
  readonly megabytes: number;
  /** What of it is no page of a file, which would be read again if it were given up. */
  readonly ownMegabytes: number;
  readonly cpuSeconds: number;
}

/** Lets time pass. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export class Daemon {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Starts it in `netns` and returns when it answers. Throws when it does not. It ends with this process. */
  static start(netns: string, env: Readonly<Record<string, string>>): Daemon {
    const prefix = [`--net=${netns}`, 'setpriv', '--pdeathsig', 'KILL'];
    const daemon = new Daemon(
      spawn('nsenter', [...prefix, executable, 'daemon'], {
        env: { ...process.env, ...env },
        stdio: 'ignore',
      }),
    );
    const check = (): boolean =>
      spawnSync('nsenter', [`--net=${netns}`, executable, 'daemon', '--check'], {
        env: { ...process.env, ...env },
      }).status === 0;
    const begin = performance.now();
    while (!check()) {
      if (performance.now() - begin > START_MS) throw new Error('the daemon does not answer');
      pause(PAUSE_MS);
    }
    return daemon;
  }

  /** What it has taken so far (proc_pid_status(5), proc_pid_stat(5)). */
  usage(): Usage {
    const status = this.#file('status');
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    const ownKilobytes = Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]);
    // Behind the name, which may have blanks: the 14th and 15th field of all, in ticks of 10 ms.
    const [userTicks, systemTicks] = this.#file('stat').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return {
      megabytes: kilobytes / 1024,
      ownMegabytes: ownKilobytes / 1024,
      cpuSeconds: (Number(userTicks) + Number(systemTicks)) / 100,
    };
  }

  end(): void {
    this.#process.kill();
  }

  #file(name: string): string {
    return readFileSync(`/proc/${String(this.#process.pid)}/${name}`, 'utf8');
  }
}
