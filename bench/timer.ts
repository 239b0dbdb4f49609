// The face of timer.cc: compiles it, gives it calls, reads its figures.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One call of a plugin, or of another program. A `config` that ends in ':' is completed with the result of the call before it and a '}'. */
export interface Call {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: string;
}

/** What a chain of calls took: `start` and `end` in ms of one clock, memory in MB, processor time, and its last output. */
export interface Measurement {
  readonly start: number;
  readonly end: number;
  readonly megabytes: number;
  /** Of all its processes, and of those that they started and waited for. */
  readonly cpuSeconds: number;
  readonly output: string;
}

function toLine({ file, args = [], env, config }: Call): string {
  const command = [file, ...args].join('\x1f');
  return [command, ...Object.entries(env).map(([name, value]) => `${name}=${value}`), config].join('\t');
}

function toMeasurement(line: string): Measurement {
  const [start = '', end = '', kilobytes = '', microseconds = '', status = '', output = ''] =
    line.split('\t');
  if (status !== '0') throw new Error(`a plugin ended with status ${status}: ${output}`);
  return {
    start: Number(start) / 1e6,
    end: Number(end) / 1e6,
    megabytes: Number(kilobytes) / 1024,
    cpuSeconds: Number(microseconds) / 1e6,
    output,
  };
}

/** Runs plugins in a host namespace. */
export class Timer {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles the timer into `folder`. Throws when g++ fails. */
  static compile(folder: string): Timer {
    const program = join(folder, 'timer');
    const source = join(import.meta.dirname, 'timer.cc');
    // Static, for what it has in memory itself when it forks counts as that of whom it starts.
    execFileSync('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', '-static', source, '-o', program], {
      stdio: 'inherit',
    });
    return new Timer(program);
  }

  /** Runs all chains at the same time, the calls of each in turn. Throws when a plugin fails. */
  run(netns: string, chains: readonly Call[][]): Measurement[] {
    return this.#run(netns, [], chains);
  }

  /**
   * Runs one chain and counts its successful execve calls, those of the plugins' own children included; the count is
   * undefined without strace. `folder` is free for the log.
   */
  trace(netns: string, chain: Call[], folder: string): { output: string; execs: number | undefined } {
    const hasStrace = spawnSync('strace', ['-V']).status === 0;
    const log = join(folder, 'execs');
    const strace = ['strace', '-f', '-qq', '-z', '-e', 'trace=execve', '-o', log];
    const [measurement] = this.#run(netns, hasStrace ? strace : [], [chain]);
    const timerItself = 1;
    const execs = hasStrace ? readFileSync(log, 'utf8').split('execve(').length - 1 - timerItself : undefined;
    return { output: measurement?.output ?? '', execs };
  }

  #run(netns: string, prefix: readonly string[], chains: readonly Call[][]): Measurement[] {
    const input = chains.map((chain) => chain.map((call) => `${toLine(call)}\n`).join('')).join('\n');
    const command = [`--net=${netns}`, ...prefix, this.#program];
    const { status, stdout, stderr } = spawnSync('nsenter', command, {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(`the timer ended with status ${String(status)}: ${stderr}`);
    try {
      return stdout.trimEnd().split('\n').map(toMeasurement);
    } catch (error) {
      throw new Error(`${(error as Error).message}${stderr && `; stderr: ${stderr}`}`, { cause: error });
    }
  }
}
