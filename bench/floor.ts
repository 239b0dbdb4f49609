// The face of floor.cc: compiles it, runs it beside containers of tsnet's, reads its figures.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Arena, Visit } from './arena.ts';
import { BRIDGE } from './side.ts';
import type { Measurement } from './timer.ts';

/** Far from what the containers of the bench get. */
const ADDRESS = '10.88.200.1';
/** The first one of a process is slower, as for everybody. */
const ROUNDS = 4;

/** What the kernel alone takes for a container like those of tsnet. */
export class Floor {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles it into `folder`. Throws when g++ fails. */
  static compile(folder: string): Floor {
    const program = join(folder, 'floor');
    const source = join(import.meta.dirname, 'floor.cc');
    execFileSync('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', '-pthread', source, '-o', program], {
      stdio: 'inherit',
    });
    return new Floor(program);
  }

  /** A container that comes and goes in the host namespace of an arena of tsnet's, a few times. */
  visit(arena: Arena): Visit[] {
    const lines = arena
      .run([this.#program, BRIDGE, ADDRESS, String(ROUNDS)])
      .trimEnd()
      .split('\n');
    return lines.map((line) => {
      const [add = NaN, del = NaN] = line.split('\t').map((nanoseconds) => Number(nanoseconds) / 1e6);
      return { add: [took(add)], check: [], del: [took(del)] };
    });
  }
}

function took(milliseconds: number): Measurement {
  return { start: 0, end: milliseconds, megabytes: NaN, cpuSeconds: NaN, output: '' };
}
