// usage: npm run bench [-- [--long] [--only <regexp>] [--rounds <count>] [--write] [--json]]
//
// Compares tsnet with the reference plugins, netavark and docker; bench/README.md says what is measured and how.
import { isChosen, measureAll } from '../bench/case.ts';
import { rowCases } from '../bench/cases.ts';
import { figureTable } from '../bench/figure.ts';
import { growthFigures } from '../bench/growth.ts';
import { describeMachine } from '../bench/machine.ts';
import { readOptions } from '../bench/options.ts';
import type { Options } from '../bench/options.ts';
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

const tell = (line: string): void => console.error(line);

/** The cases that are asked for. Throws when there is none. */
function choose(options: Options) {
  const isWanted = (one: Parameters<typeof isChosen>[0]): boolean => isChosen(one, options);
  const chosen = { rows: rowCases.filter(isWanted), figures: figureCases.filter(isWanted) };
  if (chosen.rows.length + chosen.figures.length > 0) return chosen;
  const names = [...rowCases, ...figureCases].map(({ name }) => `"${name}"`).join(', ');
  throw new Error(`--only: there is nothing of that name, but there are ${names}`);
}

/** Takes the chosen cases one after the other. */
function measure(
  options: Options,
  chosen: ReturnType<typeof choose>,
): { report: Report; failed: readonly string[] } {
  const missing = missingReferencePlugins();
  if (missing.length > 0)
    tell(`tsnet is measured without ${missing.join(', ')}: install containernetworking-plugins to compare`);
  takeRun();
  const stage = new Stage(missing.length === 0, options.mostRounds);
  const rows = measureAll(chosen.rows, stage, tell);
  const figures = measureAll(chosen.figures, stage, tell);
  return {
    report: {
      machine: describeMachine(),
      rows: rows.results,
      figures: [...growthFigures(rows.results), ...figures.results],
    },
    failed: [...rows.failed, ...figures.failed],
  };
}

function main(options: Options, chosen: ReturnType<typeof choose>): void {
  const begin = performance.now();
  const { report, failed } = measure(options, chosen);
  if (options.isJson) console.log(JSON.stringify(report, undefined, 2));
  else console.log(`${table(report.rows)}\n\n${figureTable(report.figures)}`);
  tell(`all of it took ${((performance.now() - begin) / 60_000).toFixed(1)} min`);
  // A document without some of its rows would look as if they had never been.
  if (failed.length > 0) throw new Error(`failed: ${failed.join('; ')}`);
  if (options.isWritten) writeReport(report);
}

try {
  const options = readOptions(process.argv.slice(2));
  const chosen = choose(options);
  if (isSecluded()) main(options, chosen);
  else {
    build(false);
    process.exitCode = runSecluded();
  }
} catch (error) {
  tell(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
