// The rounds of the bench: what is measured, how often, and who begins.
import type { Arena, Visit } from './arena.ts';
import { spread } from './figures.ts';
import type { Spread } from './figures.ts';
import type { Side } from './side.ts';
import type { Measurement } from './timer.ts';

/** What one side took for one row: ms, and MB of the largest process over all rounds. */
export interface Cell {
  readonly milliseconds: Spread;
  /** Of the engine's processes; undefined where there is none. */
  readonly megabytes?: number;
  readonly samples: number;
  readonly execs?: number | undefined;
}

export interface Row {
  readonly name: string;
  readonly cells: Readonly<Partial<Record<Side['name'], Cell>>>;
}

const WARM_UP = 2;

// From the first start to the last end: what somebody who waits for all of them sees.
function elapsed(measurements: readonly Measurement[]): number {
  return (
    Math.max(...measurements.map(({ end }) => end)) - Math.min(...measurements.map(({ start }) => start))
  );
}

function toCell(rounds: readonly (readonly Measurement[])[], execs?: number): Cell {
  return {
    milliseconds: spread(rounds.map(elapsed)),
    megabytes: Math.max(...rounds.flat().map(({ megabytes }) => megabytes)),
    samples: rounds.length,
    execs,
  };
}

/** Lets the contenders take turns; who begins changes with every round. The first rounds are not measured. */
function takeTurns<T>(count: number, contenders: readonly (() => T)[]): T[][] {
  const samples = contenders.map((): T[] => []);
  for (let round = -WARM_UP; round < count; round++) {
    const order = [...contenders.keys()];
    if (round % 2 !== 0) order.reverse();
    for (const at of order) {
      const sample = contenders[at]?.();
      if (sample !== undefined && round >= 0) samples[at]?.push(sample);
    }
  }
  return samples;
}

function toRow(name: string, arenas: readonly Arena[], cells: readonly Cell[]): Row {
  return { name, cells: Object.fromEntries(arenas.map(({ side }, at) => [side.name, cells[at]])) };
}

/** The bare start of each side. */
export function startRow(arenas: readonly Arena[], rounds: number): Row {
  const samples = takeTurns(
    rounds,
    arenas.map((arena) => () => [arena.start()]),
  );
  return toRow(
    'start',
    arenas,
    samples.map((sides) => toCell(sides)),
  );
}

/** ADD and DEL of `count` containers at a time; `prefix` stands before their names. */
export function visitRows(arenas: readonly Arena[], count: number, rounds: number, prefix = ''): Row[] {
  const visits: Visit[][] = takeTurns(
    rounds,
    arenas.map((arena) => () => arena.visit(count, 1)),
  );
  const execs = count === 1 ? arenas.map((arena) => arena.execs()) : [];
  const suffix = count === 1 ? '' : ` of ${count}`;
  return (['add', 'del'] as const).map((verb) => {
    const cells = visits.map((side, at) =>
      toCell(
        side.map((visit) => visit[verb]),
        execs[at]?.[verb],
      ),
    );
    return toRow(`${prefix}${verb.toUpperCase()}${suffix}`, arenas, cells);
  });
}

/** ADD and DEL of a lease: of an empty pool, and of one of which `held` addresses are held. One arena for each side. */
export function leaseRows(
  empty: readonly Arena[],
  full: readonly Arena[],
  held: number,
  rounds: number,
): Row[] {
  const visits: Visit[][] = takeTurns(
    rounds,
    [...empty, ...full].map((arena) => () => arena.visit(1, 0)),
  );
  return (['add', 'del'] as const).flatMap((verb) => {
    const cells = visits.map((side) => toCell(side.map((visit) => visit[verb])));
    const name = `host-local ${verb.toUpperCase()}`;
    return [
      toRow(name, empty, cells.slice(0, empty.length)),
      toRow(`${name}, ${held} held`, full, cells.slice(empty.length)),
    ];
  });
}

/** ADD and DEL of one container with one and with `ports` published ports. */
export function portRows(arena: Arena, ports: number, rounds: number): Row[] {
  const [one = [], many = []]: Visit[][] = takeTurns(rounds, [
    () => arena.visit(1, 1),
    () => arena.visit(1, ports),
  ]);
  return (['add', 'del'] as const).flatMap((verb) => [
    toRow(`${verb.toUpperCase()} with 1 port`, [arena], [toCell(one.map((visit) => visit[verb]))]),
    toRow(`${verb.toUpperCase()} with ${ports} ports`, [arena], [toCell(many.map((visit) => visit[verb]))]),
  ]);
}
