// What else is measured: traffic, memory, processor time.
import type { Arena } from './arena.ts';
import { wholeSide } from './cases.ts';
import { pause } from './daemon.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import type { Side } from './side.ts';
import { tsnetSide } from './side.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 5;
const SERVED_PORT = 80;
/** As many as make 5,000 with those of one container. */
const MANY_PORTS = { containers: 10, each: 500 };
const IDLE_MS = 3_000;

/** Of every run. */
export function shortFigures(stage: Stage): Figure[] {
  return [...connectionFigures(stage), ...throughputFigures(stage), ...cpuFigures(stage), idleFigure(stage)];
}

/** Those that take many minutes. */
export function longFigures(stage: Stage): Figure[] {
  return memoryFigures(stage);
}

// A sample of each in turn: what disturbs one disturbs the others.
function interleave(measures: readonly (() => number)[]): number[][] {
  const samples = measures.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, measure] of measures.entries()) samples[at]?.push(measure());
  return samples;
}

function connectionFigures(stage: Stage): Figure[] {
  const arenaOf = (arena: Arena): (() => number) => {
    const [container] = arena.settle(1, 1);
    if (container === undefined) throw new Error('there is no container');
    stage.traffic.serve(container.netns, 'greet', SERVED_PORT);
    const { netns, host } = arena.neighbour();
    return () => stage.traffic.connections(netns, host, container.ports[0] ?? 0);
  };
  return stage.play(
    wholeSide,
    (arenas) =>
      stage.play(
        wholeSide,
        ([crowded]) => {
          const measures = arenas.map(arenaOf);
          if (crowded !== undefined) {
            measures.push(arenaOf(crowded));
            crowded.settle(MANY_PORTS.containers, MANY_PORTS.each);
          }
          const names = [...arenas.map(({ side }) => `${side.name}, 1 port`), 'daemon, 5000 ports'];
          return interleave(measures).map((samples, at) =>
            figureOf(`connections by a published port, ${names[at] ?? ''}`, '1/s', samples),
          );
        },
        ['daemon'],
      ),
    ['daemon', 'reference'],
  );
}

/** A network of the daemon's whose members are kept from lying about their addresses, and from other networks. */
function guardedSide(name: 'daemon', plugins: string, folder: string): Side {
  const side = tsnetSide(name, plugins, folder);
  const guard = (calls: ReturnType<Side['add']>): ReturnType<Side['add']> =>
    calls.map((call) => ({
      ...call,
      config: JSON.stringify({
        ...(JSON.parse(call.config) as object),
        antiSpoof: true,
        isolation: true,
      }),
    }));
  return {
    ...side,
    add: (container, result) => guard(side.add(container, result)),
    del: (container, result) => guard(side.del(container, result)),
  };
}

function throughputFigures(stage: Stage): Figure[] {
  const betweenIn = (arena: Arena): (() => number) => {
    const [from, to] = arena.settle(2, 1);
    if (from === undefined || to === undefined) throw new Error('there are no containers');
    stage.traffic.serve(to.netns, 'drain', SERVED_PORT);
    return () => stage.traffic.bytes(from.netns, to.address, SERVED_PORT) / 1e9;
  };
  const publishedIn = (arena: Arena): (() => number) => {
    const [container] = arena.settle(1, 1);
    if (container === undefined) throw new Error('there is no container');
    stage.traffic.serve(container.netns, 'drain', SERVED_PORT);
    const { netns, host } = arena.neighbour();
    return () => stage.traffic.bytes(netns, host, container.ports[0] ?? 0) / 1e9;
  };
  return stage.play(
    wholeSide,
    (plain) =>
      stage.play(
        (_, plugins, folder) => guardedSide('daemon', plugins, folder),
        (guarded) => {
          const measures = [...plain.map(betweenIn), ...guarded.map(betweenIn), ...plain.map(publishedIn)];
          const names = [
            ...plain.map(({ side }) => `container to container, ${side.name}`),
            ...guarded.map(() => 'container to container, anti-spoofing and isolation'),
            ...plain.map(({ side }) => `by a published port, ${side.name}`),
          ];
          return interleave(measures).map((samples, at) => figureOf(names[at] ?? '', 'GB/s', samples));
        },
        ['daemon'],
      ),
    ['daemon', 'reference'],
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
    interleave(arenas.map((arena) => () => perCall(arena))).map((samples, at) =>
      figureOf(`processor time of 1,000 ADD and DEL, ${arenas[at]?.side.name ?? ''}`, 's', samples),
    ),
  );
}

function idleFigure(stage: Stage): Figure {
  return stage.play(
    wholeSide,
    ([arena]) => {
      const { daemon } = arena ?? {};
      if (daemon === undefined) throw new Error('there is no daemon');
      // What it tidies up after the last call is not idleness.
      pause(IDLE_MS);
      const before = daemon.usage().cpuSeconds;
      pause(IDLE_MS);
      const share = (daemon.usage().cpuSeconds - before) / (IDLE_MS / 1000);
      return figureOf('processor time of the idle daemon', 's/s', [share]);
    },
    ['daemon'],
  );
}

function memoryFigures(stage: Stage): Figure[] {
  return stage.play(
    wholeSide,
    ([arena]) => {
      const { daemon } = arena ?? {};
      if (arena === undefined || daemon === undefined) throw new Error('there is no daemon');
      return [0, 1000, 5000, 10_000].flatMap((count, at, counts) => {
        for (let done = counts[at - 1] ?? 0; done < count; done += 100) arena.churn(100);
        const { megabytes, ownMegabytes } = daemon.usage();
        const name = `memory of the daemon after ${count} ADD and DEL`;
        return [
          figureOf(name, 'MB', [megabytes]),
          figureOf(`${name}, without pages of files`, 'MB', [ownMegabytes]),
        ];
      });
    },
    ['daemon'],
  );
}
