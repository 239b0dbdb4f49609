// usage: npm run bench [-- --json]
//
// Compares tsnet with the reference plugins; bench/README.md says what is measured and how.
import { join } from 'node:path';
import { Arena } from '../bench/arena.ts';
import { floorRows } from '../bench/floor.ts';
import { referenceLeases, tsnetLeases } from '../bench/leases.ts';
import { leaseRows, portRows, startRow, visitRows } from '../bench/rounds.ts';
import type { Row } from '../bench/rounds.ts';
import { isSecluded, runSecluded, takeRun } from '../bench/seclusion.ts';
import { BRIDGE, longestChain, missingReferencePlugins, referenceSide, tsnetSide } from '../bench/side.ts';
import { table } from '../bench/table.ts';
import { Timer } from '../bench/timer.ts';
import { build } from './build.ts';
import { cniFolder } from './paths.ts';

const ROUNDS = 30;
const CROWD = 20;
const CROWD_ROUNDS = 5;
const MANY_PORTS = 1000;
const MANY_LEASES = 10_000;

function measure(hasReference: boolean): Row[] {
  takeRun();
  const timer = Timer.compile('/run');
  const tsnet = new Arena(tsnetSide(cniFolder, '/run/tsnet'), timer, '/run/hosts/tsnet');
  const arenas = hasReference
    ? [tsnet, new Arena(referenceSide('/run/reference'), timer, '/run/hosts/reference')]
    : [tsnet];
  return [
    startRow(arenas, ROUNDS),
    ...visitRows(arenas, 1, ROUNDS),
    ...visitRows(arenas, CROWD, CROWD_ROUNDS),
    ...visitRows(chainArenas(timer, hasReference), 1, ROUNDS / 2, 'chain of 5 '),
    ...floorRows(tsnet, '/run', BRIDGE, 10 * ROUNDS),
    ...portRows(tsnet, MANY_PORTS, ROUNDS / 3),
    ...leaseRows(
      leaseArenas(timer, hasReference, 0),
      leaseArenas(timer, hasReference, MANY_LEASES),
      MANY_LEASES,
      ROUNDS,
    ),
  ];
}

// One for each side, which calls a plugin for each thing that a container gets.
function chainArenas(timer: Timer, hasReference: boolean): Arena[] {
  const names = hasReference ? (['tsnet', 'reference'] as const) : (['tsnet'] as const);
  return names.map((name) => {
    const folder = join('/run/chains', name);
    return new Arena(longestChain(name, cniFolder, folder), timer, join('/run/chains/hosts', name));
  });
}

// One for each side, in which others hold so many addresses.
function leaseArenas(timer: Timer, hasReference: boolean, held: number): Arena[] {
  const folder = join('/run/leases', String(held));
  const tsnet = tsnetLeases(cniFolder, join(folder, 'tsnet'));
  const reference = hasReference ? [referenceLeases(join(folder, 'reference'))] : [];
  return [tsnet, ...reference].map((side) => {
    const arena = new Arena(side, timer, join(folder, 'hosts', side.name));
    if (held > 0) side.hold(held);
    return arena;
  });
}

function main(): void {
  const missing = missingReferencePlugins();
  if (missing.length > 0) {
    console.error(
      `tsnet is measured alone, without ${missing.join(', ')}: install containernetworking-plugins to compare`,
    );
  }
  const rows = measure(missing.length === 0);
  console.log(process.argv.includes('--json') ? JSON.stringify(rows, undefined, 2) : table(rows));
}

if (isSecluded()) {
  main();
} else {
  build(false);
  process.exitCode = runSecluded();
}
