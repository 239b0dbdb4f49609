// The face of floor.cc: compiles it, runs it beside a container of tsnet's, reads its figures.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Arena } from './arena.ts';
import { spread } from './figures.ts';
import type { Row } from './rounds.ts';

/** Far from what the containers of the bench get. */
const ADDRESS = '10.88.200.1';

/** What the kernel alone takes for a container like those of `arena`, one of which is there. Compiles into `folder`. */
export function floorRows(arena: Arena, folder: string, bridge: string, rounds: number): Row[] {
  const program = join(folder, 'floor');
  const source = join(import.meta.dirname, 'floor.cc');
  execFileSync('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', '-pthread', source, '-o', program], {
    stdio: 'inherit',
  });
  const lines = arena
    .run([program, bridge, ADDRESS, String(rounds)])
    .trimEnd()
    .split('\n');
  const figures = lines.map((line) => line.split('\t').map((nanoseconds) => Number(nanoseconds) / 1e6));
  return ['ADD', 'DEL'].map((verb, column) => {
    const milliseconds = spread(figures.map((round) => round[column] ?? NaN));
    return { name: `floor ${verb}`, cells: { tsnet: { milliseconds, samples: rounds } } };
  });
}
