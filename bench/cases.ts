// What takes how long: the rows of the table.
import type { Case } from './case.ts';
import { chainedAlone, longestChain, referenceSide } from './chain.ts';
import { dockerCase } from './docker.ts';
import { referenceLeases, tsnetLeases } from './leases.ts';
import { netavarkCase } from './netavark.ts';
import { callRow, sceneRows, visitRows } from './rounds.ts';
import type { Row } from './rounds.ts';
import { tsnetSide } from './side.ts';
import type { Side } from './side.ts';
import type { MakeSide, Stage } from './stage.ts';

const ROUNDS = 30;
/** Where one is to be told from the other that takes 5 % longer. */
const FINE_ROUNDS = 4 * ROUNDS;
const CROWD_ROUNDS = 5;
const LEASES = 10_000;
const TSNET = ['daemon', 'tsnet'] as const;
/** As many as make 5,000 with those of one container. */
const MANY_PORTS = { containers: 10, each: 500 };

/** One container on a bridge with everything, by the plugins that each side needs for it. */
export const wholeSide: MakeSide<Side> = (name, plugins, folder) =>
  name === 'reference' ? referenceSide(folder) : tsnetSide(name, plugins, folder);

/** All rows, in the order of the table. */
export const rowCases: readonly Case<Row>[] = [
  { name: 'start, ADD, CHECK, DEL', measure: oneRows },
  { name: 'of 10', measure: (stage) => crowdRows(stage, 10, CROWD_ROUNDS) },
  { name: 'of 20', measure: (stage) => crowdRows(stage, 20, CROWD_ROUNDS) },
  { name: 'of 100', isLong: true, measure: (stage) => crowdRows(stage, 100, 3) },
  { name: 'chain of 5', measure: chainRows },
  { name: 'portmap', measure: (stage) => aloneRows(stage, 'portmap') },
  { name: 'firewall', measure: (stage) => aloneRows(stage, 'firewall') },
  { name: 'ports', measure: portRows },
  { name: 'host-local', measure: (stage) => [0, LEASES].flatMap((held) => hostLocalRows(stage, held)) },
  netavarkCase,
  dockerCase,
  { name: '0, 100, 500 containers', isLong: true, measure: neighbourRows },
  { name: '0, 1000, 10000 leases', isLong: true, measure: leaseRows },
  { name: '5000 ports of others', isLong: true, measure: otherPortRows },
];

function oneRows(stage: Stage): Row[] {
  const rounds = stage.rounds(ROUNDS);
  return stage.play(wholeSide, (arenas) => [
    callRow('start', arenas, rounds, (side) => side.start()),
    ...visitRows(arenas, {
      rounds,
      floor: stage.floor,
      measured: [['add'], ['check'], ['del']],
      isTraced: true,
    }),
  ]);
}

function crowdRows(stage: Stage, count: number, most: number): Row[] {
  const rounds = stage.rounds(most);
  const measured = [['add'], ['del'], ['add', 'del']] as const;
  return stage.play(wholeSide, (arenas) =>
    visitRows(arenas, { rounds, count, measured, suffix: ` of ${count}` }),
  );
}

function chainRows(stage: Stage): Row[] {
  const rounds = stage.rounds(ROUNDS / 2);
  return stage.play(longestChain, (arenas) =>
    visitRows(arenas, { rounds, prefix: 'chain of 5 ', isTraced: true }),
  );
}

function aloneRows(stage: Stage, plugin: string): Row[] {
  const rounds = stage.rounds(ROUNDS / 2);
  return stage.play(
    (name, plugins, folder) => chainedAlone(plugin, name, plugins, folder),
    (arenas) => visitRows(arenas, { rounds, prefix: `${plugin} ` }),
  );
}

function portRows(stage: Stage): Row[] {
  const rounds = stage.rounds(ROUNDS / 3);
  const suffixOf = (ports: number): string => (ports === 1 ? ' with 1 port' : ` with ${ports} ports`);
  return stage.play(
    wholeSide,
    (arenas) =>
      [1, 100, 1000].flatMap((ports) => visitRows(arenas, { rounds, ports, suffix: suffixOf(ports) })),
    TSNET,
  );
}

function hostLocalRows(stage: Stage, held: number): Row[] {
  const rounds = stage.rounds(ROUNDS / 2);
  return stage.play(
    (name, plugins, folder) =>
      name === 'reference' ? referenceLeases(folder) : tsnetLeases(name, plugins, folder),
    (arenas, sides) => {
      if (held > 0) for (const side of sides) side.hold(held);
      const suffix = held > 0 ? `, ${held} held` : '';
      return visitRows(arenas, { rounds, ports: 0, prefix: 'host-local ', suffix });
    },
  );
}

// Containers that are there already.
function neighbourRows(stage: Stage): Row[] {
  const counts = [0, 100, 500];
  return stage.playSeveral(counts.length, wholeSide, (casts) => {
    for (const [at, { arenas }] of casts.entries())
      for (const arena of arenas) arena.settle(counts[at] ?? 0, 1);
    const scenes = casts.map(({ arenas }, at) => ({ arenas, suffix: `, ${counts[at] ?? 0} containers` }));
    return sceneRows(scenes, { rounds: stage.rounds(ROUNDS / 2), floor: stage.floor });
  });
}

// Leases of a network, most of whose holders are elsewhere.
function leaseRows(stage: Stage): Row[] {
  const counts = [0, 1000, LEASES];
  return stage.playSeveral(
    counts.length,
    (name, plugins, folder) => ({
      ...wholeSide(name, plugins, folder),
      hold: (count: number) => tsnetLeases('tsnet', plugins, folder).hold(count),
    }),
    (casts) => {
      for (const [at, { sides }] of casts.entries()) for (const side of sides) side.hold(counts[at] ?? 0);
      const scenes = casts.map(({ arenas }, at) => ({ arenas, suffix: `, ${counts[at] ?? 0} leases` }));
      return sceneRows(scenes, { rounds: stage.rounds(FINE_ROUNDS) });
    },
    TSNET,
  );
}

// Ports that others have published.
function otherPortRows(stage: Stage): Row[] {
  const counts = [0, MANY_PORTS.containers];
  return stage.playSeveral(
    counts.length,
    wholeSide,
    (casts) => {
      for (const [at, { arenas }] of casts.entries())
        for (const arena of arenas) arena.settle(counts[at] ?? 0, MANY_PORTS.each);
      const scenes = casts.map(({ arenas }, at) => ({
        arenas,
        suffix: `, ${(counts[at] ?? 0) * MANY_PORTS.each} ports of others`,
      }));
      return sceneRows(scenes, { rounds: stage.rounds(FINE_ROUNDS) });
    },
    TSNET,
  );
}
