// usage: npm run bench [-- --json]
//
// Compares tsnet with the reference plugins; bench/README.md says what is measured and how.
import { join } from 'node:path';
import { Arena } from '../bench/arena.ts';
import { Floor } from '../bench/floor.ts';
import { referenceLeases, tsnetLeases } from '../bench/leases.ts';
import { startRow, visitRows } from '../bench/rounds.ts';
import type { Row } from '../bench/rounds.ts';
import { isSecluded, runSecluded, takeRun } from '../bench/seclusion.ts';
import {
  chainedAlone,
  longestChain,
  missingReferencePlugins,
  referenceSide,
  tsnetSide,
} from '../bench/side.ts';
import type { Side, SideName } from '../bench/side.ts';
import { table } from '../bench/table.ts';
import { Timer } from '../bench/timer.ts';
import { build } from './build.ts';
import { clientFolder, cniFolder } from './paths.ts';

const ROUNDS = 30;
const CROWD = 20;
const CROWD_ROUNDS = 5;
const MANY_PORTS = 1000;
const MANY_LEASES = 10_000;

/** Makes the arenas of one case, and ends them after it. */
class Bench {
  readonly #timer = Timer.compile('/run');
  readonly #floor = Floor.compile('/run');
  readonly #names: readonly SideName[];
  #made = 0;

  constructor(hasReference: boolean) {
    this.#names = hasReference ? ['tsnet', 'daemon', 'reference'] : ['tsnet', 'daemon'];
  }

  measure(): Row[] {
    return [...this.#bridge(), ...this.#chains(), ...this.#ports(), ...this.#leases()];
  }

  #bridge(): Row[] {
    const sideOf = (name: SideName, folder: string): Side =>
      name === 'reference' ? referenceSide(folder) : tsnetSide(name, pluginsOf(name), folder);
    return this.#with(sideOf, (arenas) => [
      startRow(arenas, ROUNDS),
      ...visitRows(arenas, { rounds: ROUNDS, floor: this.#floor, isTraced: true }),
      ...visitRows(arenas, { rounds: CROWD_ROUNDS, count: CROWD, suffix: ` of ${CROWD}` }),
    ]);
  }

  #chains(): Row[] {
    const whole = this.#with(
      (name, folder) => longestChain(name, pluginsOf(name), folder),
      (arenas) => visitRows(arenas, { rounds: ROUNDS / 2, prefix: 'chain of 5 ', isTraced: true }),
    );
    const parts = ['portmap', 'firewall'].flatMap((plugin) =>
      this.#with(
        (name, folder) => chainedAlone(plugin, name, pluginsOf(name), folder),
        (arenas) => visitRows(arenas, { rounds: ROUNDS / 2, prefix: `${plugin} ` }),
      ),
    );
    return [...whole, ...parts];
  }

  #ports(): Row[] {
    const sideOf = (name: SideName, folder: string): Side | undefined =>
      name === 'reference' ? undefined : tsnetSide(name, pluginsOf(name), folder);
    return this.#with(sideOf, (arenas) =>
      [1, MANY_PORTS].flatMap((ports) =>
        visitRows(arenas, { rounds: ROUNDS / 3, ports, suffix: ` with ${ports} ports` }),
      ),
    );
  }

  #leases(): Row[] {
    return [0, MANY_LEASES].flatMap((held) =>
      this.#with(
        (name, folder) =>
          name === 'reference' ? referenceLeases(folder) : tsnetLeases(name, pluginsOf(name), folder),
        (arenas, sides) => {
          if (held > 0) for (const side of sides) side.hold(held);
          const suffix = held > 0 ? `, ${held} held` : '';
          return visitRows(arenas, { rounds: ROUNDS, ports: 0, prefix: 'host-local ', suffix });
        },
      ),
    );
  }

  #with<T extends Side>(
    sideOf: (name: SideName, folder: string) => T | undefined,
    work: (arenas: readonly Arena[], sides: readonly T[]) => Row[],
  ): Row[] {
    const folder = join('/run/cases', String(++this.#made));
    const sides = this.#names.flatMap((name) => sideOf(name, join(folder, name)) ?? []);
    const arenas = sides.map((side) => new Arena(side, this.#timer, join(folder, 'hosts', side.name)));
    try {
      return work(arenas, sides);
    } finally {
      for (const arena of arenas) arena.end();
    }
  }
}

function pluginsOf(name: SideName): string {
  return name === 'daemon' ? clientFolder : cniFolder;
}

function main(): void {
  const missing = missingReferencePlugins();
  if (missing.length > 0) {
    console.error(
      `tsnet is measured alone, without ${missing.join(', ')}: install containernetworking-plugins to compare`,
    );
  }
  takeRun();
  const rows = new Bench(missing.length === 0).measure();
  console.log(process.argv.includes('--json') ? JSON.stringify(rows, undefined, 2) : table(rows));
}

if (isSecluded()) {
  main();
} else {
  build(false);
  process.exitCode = runSecluded();
}
