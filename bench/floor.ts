// The face of floor.cc: compiles it, has it make containers beside those of tsnet's, reads its figures.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Arena, Visit } from './arena.ts';
import { pause } from './daemon.ts';
import { BRIDGE } from './side.ts';
import type { Measurement } from './timer.ts';

/** Far from what the containers of the bench get. */
const ADDRESS = '10.88.200.1';

const PATIENCE_MS = 10_000;

/** What the kernel alone takes for a container like those of tsnet. */
export class Floor {
  readonly #folder: string;
  readonly #program: string;
  readonly #lines = new Map<string, Line>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#program = join(folder, 'floor');
  }

  /** Compiles it into `folder`. Throws when g++ fails. */
  static compile(folder: string): Floor {
    const floor = new Floor(folder);
    const source = join(import.meta.dirname, 'floor.cc');
    execFileSync('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', '-pthread', source, '-o', floor.#program], {
      stdio: 'inherit',
    });
    return floor;
  }

  /** A container that comes and goes in the host namespace of an arena of tsnet's. */
  visit(arena: Arena): Visit[] {
    const { netns } = arena;
    const line =
      this.#lines.get(netns) ??
      new Line(this.#program, netns, join(this.#folder, `floor${this.#lines.size}`));
    this.#lines.set(netns, line);
    const [add = NaN, del = NaN] = arena
      .lend((sandbox) => line.ask(sandbox))
      .split('\t')
      .map((nanoseconds) => Number(nanoseconds) / 1e6);
    return [{ add: [took(add)], check: [], del: [took(del)] }];
  }
}

/** The program in a host namespace. It stays, as a daemon does: between two containers others have the machine. */
class Line {
  readonly #process: ChildProcess;
  readonly #questions: number;
  readonly #answers: number;

  /** Makes two pipes whose names begin with `name`. */
  constructor(program: string, netns: string, name: string) {
    const [questions, answers] = [`${name}.in`, `${name}.out`];
    execFileSync('mkfifo', [questions, answers]);
    // Opened both ways nobody waits for the other end.
    this.#questions = openSync(questions, constants.O_RDWR);
    this.#answers = openSync(answers, constants.O_RDWR | constants.O_NONBLOCK);
    const command = `exec "$@" < ${questions} > ${answers}`;
    const inside = ['nsenter', `--net=${netns}`, 'setpriv', '--pdeathsig', 'KILL'];
    this.#process = spawn('sh', ['-c', command, 'sh', ...inside, program, BRIDGE, ADDRESS], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#process.unref();
  }

  /** Has it connect that namespace, and disconnect it again; gives what it told. Throws when it tells nothing. */
  ask(sandbox: string): string {
    writeSync(this.#questions, `${sandbox}\n`);
    const buffer = Buffer.alloc(256);
    const begin = performance.now();
    while (performance.now() - begin < PATIENCE_MS) {
      const text = this.#read(buffer);
      if (text.endsWith('\n')) return text.trim();
      pause(1);
    }
    throw new Error('the floor tells nothing');
  }

  #read(buffer: Buffer): string {
    try {
      return buffer.toString('utf8', 0, readSync(this.#answers, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }
}

function took(milliseconds: number): Measurement {
  return { start: 0, end: milliseconds, megabytes: NaN, cpuSeconds: NaN, output: '' };
}
