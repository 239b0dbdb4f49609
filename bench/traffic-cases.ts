// Traffic: new connections and bytes.
import type { Arena } from './arena.ts';
import type { Case } from './case.ts';
import { wholeSide } from './cases.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { publishedRules } from './reference-ports.ts';
import { interleave } from './rounds.ts';
import type { Side } from './side.ts';
import { tsnetSide } from './side.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 5;
const SERVED_PORT = 80;
/** As many as make 5,000 with those of one container. */
const MANY_PORTS = { containers: 10, each: 500 };

export const trafficCases: readonly Case<Figure>[] = [
  { name: 'connections', measure: connectionFigures },
  { name: 'bytes', measure: throughputFigures },
];

// Published before those of the container that is measured: rules that are read in turn are read before its own.
function publishMany(arena: Arena): void {
  const { containers, each } = MANY_PORTS;
  if (arena.side.name !== 'reference') {
    arena.settle(containers, each);
    return;
  }
  for (let at = 0; at < containers; at++) {
    const rules = publishedRules(`CNI-DN-bench${at}`, `10.88.200.${at + 1}`, 30_000 + at * each, each);
    arena.run(['iptables-restore', '--noflush'], rules);
  }
}

function connectionFigures(stage: Stage): Figure[] {
  const prepare = (arena: Arena): (() => number) => {
    const [container] = arena.settle(1, 1);
    if (container === undefined) throw new Error('there is no container');
    stage.traffic.serve(container.netns, 'greet', SERVED_PORT);
    const { netns, host } = arena.neighbour();
    return () => stage.traffic.connections(netns, host, container.ports[0] ?? 0);
  };
  return stage.playSeveral(
    2,
    wholeSide,
    (casts) => {
      for (const { arenas } of casts.slice(1)) arenas.forEach(publishMany);
      const measures = casts.flatMap(({ arenas }) => arenas.map(prepare));
      const names = casts.flatMap(({ arenas }, at) =>
        arenas.map(({ side }) => `${side.name}, ${at === 0 ? '1 port' : '5000 ports'}`),
      );
      return interleave(stage.rounds(ROUNDS), measures).map((samples, at) =>
        figureOf(`connections by a published port, ${names[at] ?? ''}`, '1/s', samples),
      );
    },
    stage.among('daemon', 'reference'),
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
          return interleave(stage.rounds(ROUNDS), measures).map((samples, at) =>
            figureOf(names[at] ?? '', 'GB/s', samples),
          );
        },
        ['daemon'],
      ),
    stage.among('daemon', 'reference'),
  );
}
