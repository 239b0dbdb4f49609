// The rounds of the bench: what is measured, how often, and who begins.
import { pause } from './daemon.ts';
import type { Arena, Verb, Visit } from './arena.ts';
import { spread } from './figures.ts';
import type { Spread } from './figures.ts';
import type { Floor } from './floor.ts';
import type { Side, SideName } from './side.ts';
import type { Call, Measurement } from './timer.ts';

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

/** The kernel goes on deleting after a DEL has returned, and others' requests wait for that: whoever is next is not to pay. */
const SETTLE_MS = 50;

// From the first start to the last end: what somebody who waits for all of them sees.
function elapsed(measurements: readonly Measurement[]): number {
  return (
    Math.max(...measurements.map(({ end }) => end)) - Math.min(...measurements.map(({ start }) => start))
  );
}

/** Of the verbs one behind the other; nothing when one of them was not done. */
function toCell(visits: readonly Visit[], verbs: readonly Verb[], execs?: number): Cell | undefined {
  const measured = visits.map((visit) => verbs.map((verb) => visit[verb]));
  if (measured.flat().some((measurements) => measurements.length === 0)) return undefined;
  return {
    milliseconds: spread(measured.map((all) => all.map(elapsed).reduce((sum, one) => sum + one))),
    megabytes: Math.max(...measured.flat(2).map(({ megabytes }) => megabytes)),
    samples: visits.length,
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
      pause(SETTLE_MS);
      const taken = contenders[at]?.() ?? [];
      if (round >= 0) samples[at]?.push(...taken);
    }
  }
  return samples;
}

type Entry = readonly [Contender, Cell | undefined];

/** A sample of each in turn: what disturbs one disturbs the others. */
export function interleave(rounds: number, measures: readonly (() => number)[]): number[][] {
  const samples = measures.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [at, measure] of measures.entries()) samples[at]?.push(measure());
  return samples;
}

function toRow(name: string, entries: readonly Entry[]): Row {
  return { name, cells: Object.fromEntries(entries.filter(([, cell]) => cell !== undefined)) };
}

/** A call of each side that has nothing to do with a container. */
export function callRow(
  name: string,
  arenas: readonly Arena[],
  rounds: number,
  callOf: (side: Side) => Call,
): Row {
  const samples = takeTurns(
    rounds,
    arenas.map((arena) => () => [{ add: [arena.call(callOf(arena.side))], check: [], del: [] }]),
  );
  return toRow(
    name,
    arenas.map(({ side }, at) => [side.name, toCell(samples[at] ?? [], ['add'])]),
  );
}

/** What containers do that come and go. */
export interface Plan {
  readonly rounds: number;
  /** How many at a time; one without it. */
  readonly count?: number;
  /** How many published ports each has; one without it. */
  readonly ports?: number;
  /** What has a row: verbs, or several of them as one; ADD and DEL without it. */
  readonly measured?: readonly (readonly Verb[])[];
  /** What stands in the name of the rows before the verb. */
  readonly prefix?: string;
  /** Takes part, beside the last of the arenas of tsnet's. */
  readonly floor?: Floor;
  /** Whether programs are counted. */
  readonly isTraced?: boolean;
}

/** Circumstances, and the arenas that have them. `suffix` stands in the names of their rows. */
export interface Scene {
  readonly arenas: readonly Arena[];
  readonly suffix?: string;
}

/** Who takes part in a scene. */
interface Part {
  readonly name: Contender;
  readonly visit: () => readonly Visit[];
  readonly execs?: ReturnType<Arena['execs']>;
}

function partsOf({ arenas }: Scene, plan: Plan): Part[] {
  const { count = 1, ports = 1, measured = [], isTraced = false, floor } = plan;
  const isChecked = measured.flat().includes('check');
  const sides = arenas.map((arena) => ({
    name: arena.side.name,
    visit: () => [arena.visit(count, ports, isChecked)],
    ...(isTraced ? { execs: arena.execs() } : {}),
  }));
  const place = arenas.findLast(({ side }) => side.name !== 'reference');
  if (floor === undefined || place === undefined) return sides;
  return [...sides, { name: 'floor', visit: () => floor.visit(place) }];
}

/** Containers come and go in all scenes by turns, so that these can be compared; one row for each of `measured`. */
export function sceneRows(scenes: readonly Scene[], plan: Plan): Row[] {
  const parts = scenes.map((scene) => partsOf(scene, plan));
  const visits = takeTurns(
    plan.rounds,
    parts.flat().map(({ visit }) => visit),
  );
  const { measured = [['add'], ['del']], prefix = '' } = plan;
  return scenes.flatMap(({ suffix = '' }, at) => {
    const first = parts.slice(0, at).flat().length;
    return measured.map((verbs) => {
      const entries = (parts[at] ?? []).map(({ name, execs }, own): Entry => {
        const [verb] = verbs;
        return [name, toCell(visits[first + own] ?? [], verbs, verb && execs?.[verb])];
      });
      return toRow(`${prefix}${verbs.join('+').toUpperCase()}${suffix}`, entries);
    });
  });
}

/** The rows of one scene. */
export function visitRows(arenas: readonly Arena[], plan: Plan & { readonly suffix?: string }): Row[] {
  return sceneRows([{ arenas, suffix: plan.suffix ?? '' }], plan);
}
