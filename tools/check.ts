// `npm run check`: all that can be said about the code without running it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addonFile, buildAddon } from './build-addon.ts';
import { buildClient, clientFile } from './build-client.ts';
import { packages, root } from './paths.ts';

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['typescript/bin/tsc', '-p', '.'],
  lint: ['eslint/bin/eslint.js', '.'],
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  'dead code': ['knip/bin/knip.js', '--no-config-hints', '--no-progress'],
};

interface Outcome {
  readonly isPassed: boolean;
  readonly output: string;
}

function run([script = '', ...args]: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(packages, script), ...args], { cwd: root });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ isPassed: code === 0, output });
    });
  });
}

/** Runs every check, tells of each in one line and of a failed one what it said. Tells whether all passed. */
export async function check(): Promise<boolean> {
  if (!existsSync(addonFile)) buildAddon();
  if (!existsSync(clientFile)) buildClient();
  const outcomes = Object.entries(checks).map(async ([name, command]) => {
    const start = performance.now();
    const { isPassed, output } = await run(command);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${isPassed ? 'ok    ' : 'FAILED'}  ${name.padEnd(9)} ${seconds.padStart(5)} s`);
    if (!isPassed) console.log(output.trimEnd());
    return isPassed;
  });
  return (await Promise.all(outcomes)).every((isPassed) => isPassed);
}

if (import.meta.main && !(await check())) process.exitCode = 1;
