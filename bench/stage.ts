// Where the cases play: arenas of their own for each, one for each side, gone after it.
import { join } from 'node:path';
import { clientFolder, cniFolder } from '../tools/paths.ts';
import { awaitAftermath } from './aftermath.ts';
import { Arena } from './arena.ts';
import { Floor } from './floor.ts';
import type { Side, SideName } from './side.ts';
import { Timer } from './timer.ts';
import { Traffic } from './traffic.ts';

/** Makes the side of that name; `folder` is free for its state, `plugins` is where its plugins are. */
export type MakeSide<T extends Side> = (name: SideName, plugins: string, folder: string) => T;

/** Sides, and the arena of each. */
export interface Cast<T extends Side> {
  readonly arenas: readonly Arena[];
  readonly sides: readonly T[];
}

export class Stage {
  readonly floor = Floor.compile('/run');
  readonly traffic = Traffic.compile('/run');
  readonly names: readonly SideName[];
  readonly #mostRounds: number;
  readonly #timer = Timer.compile('/run');
  #made = 0;

  /** `mostRounds` is for whoever wants to see that the cases work. */
  constructor(hasReference: boolean, mostRounds: number) {
    this.names = hasReference ? ['daemon', 'tsnet', 'reference'] : ['daemon', 'tsnet'];
    this.#mostRounds = mostRounds;
  }

  /** How many rounds to play of those that a case would have. */
  rounds(count: number): number {
    return Math.min(count, this.#mostRounds);
  }

  /** Those of the sides that are there. */
  among(...names: readonly SideName[]): SideName[] {
    return names.filter((name) => this.names.includes(name));
  }

  /** Runs `work` with an arena for each of the sides that are there, or of those that are named. */
  play<T extends Side, R>(
    make: MakeSide<T>,
    work: (arenas: readonly Arena[], sides: readonly T[]) => R,
    names: readonly SideName[] = this.names,
  ): R {
    const folder = join('/run/cases', String(++this.#made));
    const sides = names.map((name) =>
      make(name, name === 'daemon' ? clientFolder : cniFolder, join(folder, name)),
    );
    const arenas: Arena[] = [];
    try {
      for (const side of sides) arenas.push(new Arena(side, this.#timer, join(folder, 'hosts', side.name)));
      return work(arenas, sides);
    } finally {
      for (const arena of arenas) arena.end();
      awaitAftermath();
    }
  }

  /** Like `play`, with `count` casts at the same time: for what is compared under several circumstances. */
  playSeveral<T extends Side, R>(
    count: number,
    make: MakeSide<T>,
    work: (casts: readonly Cast<T>[]) => R,
    names: readonly SideName[] = this.names,
  ): R {
    if (count === 0) return work([]);
    return this.play(
      make,
      (arenas, sides) =>
        this.playSeveral(count - 1, make, (casts) => work([{ arenas, sides }, ...casts]), names),
      names,
    );
  }
}
