// The rounds of the bench: what is measured, how often, and who begins.
import type { Arena, Visit } from './arena.ts';
import { spread } from './figures.ts';
import type { Spread } from './figures.ts';
import type { Floor } from './floor.ts';
import type { SideName } from './side.ts';
import type { Measurement } from './timer.ts';

/** Who has a cell in a row: the sides, and the kernel alone. */
export type Contender = SideName | 'floor';

/** What one side took for one row: ms, and MB of the largest process over all rounds. */
export interface Cell {
  readonly milliseconds: Spread;
  readonly megabytes: number;
  readonly samples: number;
  readonly execs?: number | undefined;
}

export interface Row {
  readonly name: string;
  readonly cells: Readonly<Partial<Record<Contender, Cell>>>;
}

/** Those who stay, as a daemon does, take a while to be as fast as they get. */
const WARM_UP = 5;

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
function takeTurns<T>(count: number, contenders: readonly (() => readonly T[])[]): T[][] {
  const samples = contenders.map((): T[] => []);
  for (let round = -Math.min(WARM_UP, Math.ceil(count / 3)); round < count; round++) {
    const order = [...contenders.keys()];
    if (round % 2 !== 0) order.reverse();
    for (const at of order) {
      const taken = contenders[at]?.() ?? [];
      if (round >= 0) samples[at]?.push(...taken);
    }
  }
  return samples;
}

function toRow(name: string, contenders: readonly Contender[], cells: readonly Cell[]): Row {
  return { name, cells: Object.fromEntries(contenders.map((contender, at) => [contender, cells[at]])) };
}

function namesOf(arenas: readonly Arena[]): SideName[] {
  return arenas.map(({ side }) => side.name);
}

/** The bare start of each side. */
export function startRow(arenas: readonly Arena[], rounds: number): Row {
  const samples = takeTurns(
    rounds,
    arenas.map((arena) => () => [[arena.start()]]),
  );
  return toRow(
    'start',
    namesOf(arenas),
    samples.map((sides) => toCell(sides)),
  );
}

/** What containers do that come and go. */
export interface Plan {
  readonly rounds: number;
  /** How many at a time; one without it. */
  readonly count?: number;
  /** How many published ports each has; one without it. */
  readonly ports?: number;
  /** What stands in the name of the rows before and behind the verb. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Takes part, beside the last of the arenas of tsnet's. */
  readonly floor?: Floor;
  /** Whether programs are counted. */
  readonly isTraced?: boolean;
}

/** ADD and DEL of containers, one row for each verb. */
export function visitRows(arenas: readonly Arena[], plan: Plan): Row[] {
  const { rounds, count = 1, ports = 1, prefix = '', suffix = '', floor } = plan;
  const place = arenas.findLast(({ side }) => side.name !== 'reference');
  const floors = floor === undefined || place === undefined ? [] : [() => floor.visit(place)];
  const visits: Visit[][] = takeTurns(rounds, [
    ...arenas.map((arena) => () => [arena.visit(count, ports)]),
    ...floors,
  ]);
  const execs = plan.isTraced === true ? arenas.map((arena) => arena.execs()) : [];
  const names = [...namesOf(arenas), ...floors.map(() => 'floor' as const)];
  return (['add', 'del'] as const).map((verb) => {
    const cells = visits.map((side, at) =>
      toCell(
        side.map((visit) => visit[verb]),
        execs[at]?.[verb],
      ),
    );
    return toRow(`${prefix}${verb.toUpperCase()}${suffix}`, names, cells);
  });
}
