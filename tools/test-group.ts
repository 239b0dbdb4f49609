// One group of tests (a project of vitest.config.ts), run by vitest in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packages, root } from './paths.ts';

/** How many tests of a group passed, failed and were skipped, and the names of the latter. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

/** What this reads of vitest's JSON report. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const vitest = join(packages, 'vitest', 'vitest.mjs');

function readTally(file: string): Tally {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  // A file that cannot be loaded has no test that could say so.
  const broken = testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0);
  return {
    passed: count('passed'),
    failed: count('failed') + broken.length,
    skipped: tests
      .filter(({ status }) => !['passed', 'failed'].includes(status))
      .map((test) => test.fullName),
  };
}

/** Runs a group, by way of the command `wrapper` when it has one. A run that gives no report counts as one failure. */
export function runGroup(name: string, wrapper: readonly string[]): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'tsnet-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [...wrapper, process.execPath, vitest, 'run', '--project', name, '--passWithNoTests'];
  try {
    const [file = '', ...args] = [...command, ...reporters];
    const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit' });
    const tally = readTally(report);
    // Errors outside of any test make vitest fail, too.
    return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } catch (error) {
    console.error(`tests of ${name}: no report: ${(error as Error).message}`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The names of a group's tests, without running them. */
export function listGroup(name: string): string[] {
  const { stdout } = spawnSync(process.execPath, [vitest, 'list', '--project', name, '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  try {
    return (JSON.parse(stdout) as { name: string }[]).map((test) => test.name);
  } catch {
    return [];
  }
}
