// What the sides take of the machine: memory and processor time.
import type { Arena } from './arena.ts';
import type { Case } from './case.ts';
import { wholeSide } from './cases.ts';
import type { Daemon } from './daemon.ts';
import { pause } from './daemon.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { interleave } from './rounds.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 5;
const IDLE_MS = 3_000;
/** Calls of the timer are made of so many: its input must not grow without bounds. */
const BATCH = 100;

export const usageCases: readonly Case<Figure>[] = [
  { name: 'processor time', measure: cpuFigures },
  { name: 'idle daemon', measure: (stage) => withDaemon(stage, (_, daemon) => [idleFigure(daemon)]) },
  {
    name: 'memory of the daemon',
    isLong: true,
    measure: (stage) => withDaemon(stage, memoryFigures),
  },
];

function withDaemon<R>(stage: Stage, work: (arena: Arena, daemon: Daemon) => R): R {
  return stage.play(
    wholeSide,
    ([arena]) => {
      if (arena?.daemon === undefined) throw new Error('there is no daemon');
      return work(arena, arena.daemon);
    },
    ['daemon'],
  );
}

// The processes of the calls, and the daemon that serves them.
function cpuFigures(stage: Stage): Figure[] {
  const perCall = (arena: Arena): number => {
    const before = arena.daemon?.usage().cpuSeconds ?? 0;
    const count = 10;
    let seconds = 0;
    for (let at = 0; at < count; at++) {
      const { add, del } = arena.visit(1, 1);
      for (const { cpuSeconds } of [...add, ...del]) seconds += cpuSeconds;
    }
    return (1000 * (seconds + (arena.daemon?.usage().cpuSeconds ?? 0) - before)) / count;
  };
  return stage.play(wholeSide, (arenas) =>
    interleave(
      stage.rounds(ROUNDS),
      arenas.map((arena) => () => perCall(arena)),
    ).map((samples, at) =>
      figureOf(`processor time of 1,000 ADD and DEL, ${arenas[at]?.side.name ?? ''}`, 's', samples),
    ),
  );
}

function idleFigure(daemon: Daemon): Figure {
  // What it tidies up after the last call is not idleness.
  pause(IDLE_MS);
  const before = daemon.usage().cpuSeconds;
  pause(IDLE_MS);
  const share = (daemon.usage().cpuSeconds - before) / (IDLE_MS / 1000);
  return figureOf('processor time of the idle daemon', 's/s', [share]);
}

function memoryFigures(arena: Arena, daemon: Daemon): Figure[] {
  return [0, 1000, 5000, 10_000].flatMap((count, at, counts) => {
    for (let done = counts[at - 1] ?? 0; done < count; done += BATCH) arena.churn(BATCH);
    const { megabytes, ownMegabytes } = daemon.usage();
    const name = `memory of the daemon after ${count} ADD and DEL`;
    return [
      figureOf(name, 'MB', [megabytes]),
      figureOf(`${name}, without pages of files`, 'MB', [ownMegabytes]),
    ];
  });
}
