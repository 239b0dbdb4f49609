// usage: npm run bench [-- [--long] [--only <regexp>] [--rounds <count>] [--write] [--json]]
//
// Compares tsnet with the reference plugins, netavark and docker; bench/README.md says what is measured and how.
import { parseArgs } from 'node:util';
import { isChosen, measureAll } from '../bench/case.ts';
import type { Choice } from '../bench/case.ts';
import { rowCases } from '../bench/cases.ts';
import { figureTable } from '../bench/figure.ts';
import { growthFigures } from '../bench/growth.ts';
import { describeMachine } from '../bench/machine.ts';
import { writeReport } from '../bench/report.ts';
import type { Report } from '../bench/report.ts';
import { isSecluded, runSecluded, takeRun } from '../bench/seclusion.ts';
import { missingReferencePlugins } from '../bench/side.ts';
import { Stage } from '../bench/stage.ts';
import { table } from '../bench/table.ts';
import { trafficCases } from '../bench/traffic-cases.ts';
import { usageCases } from '../bench/usage-cases.ts';
import { build } from './build.ts';

const figureCases = [...trafficCases, ...usageCases];

/** What the command line asks for. Throws when it makes no sense. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { long, only, rounds, write, json } = values;
  const mostRounds = rounds === undefined ? Infinity : Number(rounds);
  if (!(mostRounds >= 1)) throw new Error(`--rounds "${rounds ?? ''}": must be a number from 1 on`);
  if (write && (only !== undefined || rounds !== undefined))
    throw new Error('--write: a document of some cases only, or of few rounds, is none; leave out the rest');
  const choice: Choice = { only: only === undefined ? undefined : new RegExp(only), isLong: long };
  const names = [...rowCases, ...figureCases].filter((one) => isChosen(one, choice));
  if (names.length === 0)
    throw new Error(
      `--only "${only ?? ''}" is none of: ${[...rowCases, ...figureCases].map(({ name }) => name).join('; ')}`,
    );
  return { choice, mostRounds, write, json };
}

const tell = (line: string): void => console.error(line);

function measure(stage: Stage, choice: Choice): { report: Report; failed: readonly string[] } {
  const rows = measureAll(
    rowCases.filter((one) => isChosen(one, choice)),
    stage,
    tell,
  );
  const figures = measureAll(
    figureCases.filter((one) => isChosen(one, choice)),
    stage,
    tell,
  );
  return {
    report: {
      machine: describeMachine(),
      rows: rows.results,
      figures: [...growthFigures(rows.results), ...figures.results],
    },
    failed: [...rows.failed, ...figures.failed],
  };
}

function main({ choice, mostRounds, write, json }: ReturnType<typeof readOptions>): void {
  const begin = performance.now();
  const missing = missingReferencePlugins();
  if (missing.length > 0)
    tell(
      `tsnet is measured alone, without ${missing.join(', ')}: install containernetworking-plugins to compare`,
    );
  takeRun();
  const stage = new Stage(missing.length === 0, mostRounds);
  const { report, failed } = measure(stage, choice);
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else console.log(`${table(report.rows)}\n\n${figureTable(report.figures)}`);
  tell(`all of it took ${((performance.now() - begin) / 60_000).toFixed(1)} min`);
  if (failed.length > 0) {
    tell(`failed: ${failed.join('; ')}`);
    process.exitCode = 1;
  } else if (write) writeReport(report);
}

const options = readOptions();
if (isSecluded()) {
  main(options);
} else {
  build(false);
  process.exitCode = runSecluded();
}
