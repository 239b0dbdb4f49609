// What takes how long: the rows of the table.
import { referenceLeases, tsnetLeases } from './leases.ts';
import { startRow, visitRows } from './rounds.ts';
import type { Row } from './rounds.ts';
import { chainedAlone, longestChain, referenceSide, tsnetSide } from './side.ts';
import type { Side } from './side.ts';
import type { MakeSide, Stage } from './stage.ts';

const ROUNDS = 30;
const CROWD_ROUNDS = 5;
const LEASES = 10_000;
const TSNET = ['daemon', 'tsnet'] as const;

/** One container on a bridge with everything, by the plugins that each side needs for it. */
export const wholeSide: MakeSide<Side> = (name, plugins, folder) =>
  name === 'reference' ? referenceSide(folder) : tsnetSide(name, plugins, folder);

/** The rows of every run. */
export function shortCases(stage: Stage): Row[] {
  return [...bridgeRows(stage), ...chainRows(stage), ...portRows(stage), ...leaseRows(stage)];
}

/** The rows that take many minutes. */
export function longCases(stage: Stage): Row[] {
  return [...crowdRows(stage), ...neighbourRows(stage), ...heldRows(stage)];
}

function bridgeRows(stage: Stage): Row[] {
  return stage.play(wholeSide, (arenas) => [
    startRow(arenas, ROUNDS),
    ...visitRows(arenas, { rounds: ROUNDS, floor: stage.floor, isTraced: true }),
    ...visitRows(arenas, { rounds: CROWD_ROUNDS, count: 20, suffix: ' of 20' }),
  ]);
}

function chainRows(stage: Stage): Row[] {
  const rounds = ROUNDS / 2;
  const whole = stage.play(longestChain, (arenas) =>
    visitRows(arenas, { rounds, prefix: 'chain of 5 ', isTraced: true }),
  );
  const alone = ['portmap', 'firewall'].flatMap((plugin) =>
    stage.play(
      (name, plugins, folder) => chainedAlone(plugin, name, plugins, folder),
      (arenas) => visitRows(arenas, { rounds, prefix: `${plugin} ` }),
    ),
  );
  return [...whole, ...alone];
}

function portRows(stage: Stage): Row[] {
  const rowsOf = (arenas: Parameters<typeof visitRows>[0], ports: number): Row[] =>
    visitRows(arenas, {
      rounds: ROUNDS / 3,
      ports,
      suffix: ports === 1 ? ' with 1 port' : ` with ${ports} ports`,
    });
  return stage.play(wholeSide, (arenas) => [1, 100, 1000].flatMap((ports) => rowsOf(arenas, ports)), TSNET);
}

function leaseRows(stage: Stage): Row[] {
  return [0, LEASES].flatMap((held) =>
    stage.play(
      (name, plugins, folder) =>
        name === 'reference' ? referenceLeases(folder) : tsnetLeases(name, plugins, folder),
      (arenas, sides) => {
        if (held > 0) for (const side of sides) side.hold(held);
        const suffix = held > 0 ? `, ${held} held` : '';
        return visitRows(arenas, { rounds: ROUNDS / 2, ports: 0, prefix: 'host-local ', suffix });
      },
    ),
  );
}

function crowdRows(stage: Stage): Row[] {
  return stage.play(wholeSide, (arenas) => visitRows(arenas, { rounds: 3, count: 100, suffix: ' of 100' }));
}

// Containers that are there already.
function neighbourRows(stage: Stage): Row[] {
  return [0, 100, 500].flatMap((count) =>
    stage.play(wholeSide, (arenas) => {
      for (const arena of arenas) arena.settle(count, 1);
      const suffix = `, ${count} containers`;
      return visitRows(arenas, { rounds: ROUNDS / 2, floor: stage.floor, suffix });
    }),
  );
}

// Leases of a network, most of whose holders are elsewhere.
function heldRows(stage: Stage): Row[] {
  return [0, 1000, LEASES].flatMap((held) =>
    stage.play(
      (name, plugins, folder) => ({
        ...wholeSide(name, plugins, folder),
        hold: (count: number) => {
          tsnetLeases('tsnet', plugins, folder).hold(count);
        },
      }),
      (arenas, sides) => {
        for (const side of sides) side.hold(held);
        return visitRows(arenas, { rounds: ROUNDS / 2, suffix: `, ${held} leases` });
      },
      TSNET,
    ),
  );
}
