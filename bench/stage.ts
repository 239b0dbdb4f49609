// Where the cases play: arenas of their own for each, one for each side, gone after it.
import { join } from 'node:path';
import { clientFolder, cniFolder } from '../tools/paths.ts';
import { Arena } from './arena.ts';
import { Floor } from './floor.ts';
import type { Side, SideName } from './side.ts';
import { Timer } from './timer.ts';
import { Traffic } from './traffic.ts';

/** Makes the side of that name; `folder` is free for its state, `plugins` is where its plugins are. */
export type MakeSide<T extends Side> = (name: SideName, plugins: string, folder: string) => T;

export class Stage {
  readonly floor = Floor.compile('/run');
  readonly traffic = Traffic.compile('/run');
  readonly names: readonly SideName[];
  readonly #timer = Timer.compile('/run');
  #made = 0;

  constructor(hasReference: boolean) {
    this.names = hasReference ? ['daemon', 'tsnet', 'reference'] : ['daemon', 'tsnet'];
  }

  /** Runs `work` with an arena for each of the sides that are there, or of those that are named. */
  play<T extends Side, R>(
    make: MakeSide<T>,
    work: (arenas: readonly Arena[], sides: readonly T[]) => R,
    names: readonly SideName[] = this.names,
  ): R {
    const folder = join('/run/cases', String(++this.#made));
    const sides = names
      .filter((name) => this.names.includes(name))
      .map((name) => make(name, name === 'daemon' ? clientFolder : cniFolder, join(folder, name)));
    const arenas = sides.map((side) => new Arena(side, this.#timer, join(folder, 'hosts', side.name)));
    try {
      return work(arenas, sides);
    } finally {
      for (const arena of arenas) arena.end();
    }
  }
}
