// usage: npm run bench [-- [--long] [--write] [--json]]
//
// Compares tsnet with the reference plugins; bench/README.md says what is measured and how.
import { longCases, shortCases } from '../bench/cases.ts';
import { longFigures, shortFigures } from '../bench/figure-cases.ts';
import { figureTable } from '../bench/figure.ts';
import { describeMachine } from '../bench/machine.ts';
import { writeReport } from '../bench/report.ts';
import type { Report } from '../bench/report.ts';
import { isSecluded, runSecluded, takeRun } from '../bench/seclusion.ts';
import { missingReferencePlugins } from '../bench/side.ts';
import { Stage } from '../bench/stage.ts';
import { table } from '../bench/table.ts';
import { build } from './build.ts';

const isAsked = (option: string): boolean => process.argv.includes(option);

function measure(hasReference: boolean): Report {
  takeRun();
  const stage = new Stage(hasReference);
  const rows = shortCases(stage);
  const figures = shortFigures(stage);
  if (isAsked('--long')) {
    rows.push(...longCases(stage));
    figures.push(...longFigures(stage));
  }
  return { machine: describeMachine(), rows, figures };
}

function main(): void {
  const missing = missingReferencePlugins();
  if (missing.length > 0) {
    console.error(
      `tsnet is measured alone, without ${missing.join(', ')}: install containernetworking-plugins to compare`,
    );
  }
  const report = measure(missing.length === 0);
  if (isAsked('--json')) console.log(JSON.stringify(report, undefined, 2));
  else console.log(`${table(report.rows)}\n\n${figureTable(report.figures)}`);
  if (isAsked('--write')) writeReport(report);
}

if (isSecluded()) {
  main();
} else {
  build(false);
  process.exitCode = runSecluded();
}
