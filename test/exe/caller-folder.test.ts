// What lies in the folder of the caller is not the executable's business, whatever it is called.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addonAnswer, addonCall, bridge, config, executable, obstacle, start } from './executable.ts';

let folder: string;
let marker: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-hostile-'));
  marker = join(folder, 'marker');
  const trap = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran');`;
  writeFileSync(join(folder, '.env'), 'CNI_COMMAND=VERSION\nTSNET_RUN_DIR=relative\n');
  writeFileSync(join(folder, '.env.production'), 'CNI_COMMAND=VERSION\n');
  writeFileSync(join(folder, 'trap.js'), trap);
  writeFileSync(join(folder, 'bunfig.toml'), 'preload = ["./trap.js"]\n[run]\npreload = ["./trap.js"]\n');
  writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./trap.js"]}}}');
  writeFileSync(join(folder, 'package.json'), '{"name":"trap","main":"trap.js"}');
  for (const name of ['zod', 'ip-cidr', 'node:fs']) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), trap);
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a hostile folder', () => {
  test('is one: a runtime that reads its bunfig.toml runs the trap', () => {
    const env = { BUN_BE_BUN: '1', HOME: folder };
    writeFileSync(join(folder, 'empty.js'), '');
    start(executable, { cwd: folder, args: ['run', 'empty.js'], env });
    expect(readFileSync(marker, 'utf8')).toBe('ran');
  });

  test('has no say in a call', () => {
    const { status, stdout, stderr } = start(bridge, { cwd: folder, env: addonCall, input: config() });
    expect(JSON.parse(stdout)).toEqual(addonAnswer);
    expect([status, stderr]).toEqual([1, '']);
    expect(existsSync(marker)).toBe(false);
  });

  test('adds no variables: without CNI_COMMAND there is none', () => {
    const { status, stdout, stderr } = start(bridge, { cwd: folder, env: {} });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('CNI protocol versions supported');
    expect(existsSync(marker)).toBe(false);
  });

  test('has no say in the command line', () => {
    const { status } = start(executable, { cwd: folder, args: ['--help'], env: {} });
    expect(status).toBe(0);
    expect(existsSync(marker)).toBe(false);
  });

  const reason = obstacle({ tools: ['strace'] });
  test.skipIf(reason !== undefined)(`is not even looked at ${reason ? `(skipped: ${reason})` : ''}`, () => {
    const log = join(folder, 'opened');
    const args = ['-f', '-qq', '-e', 'trace=%file', '-o', log, bridge];
    start('strace', {
      cwd: folder,
      env: { ...addonCall, PATH: process.env['PATH'] ?? '' },
      input: config(),
      args,
    });
    const paths = readFileSync(log, 'utf8')
      .split('\n')
      .map((line) => /"([^"]*)"/.exec(line)?.[1] ?? '');
    expect(paths).toContain('/dev/null');
    expect(paths.filter((path) => path !== '' && !path.startsWith('/'))).toEqual([]);
    expect(paths.filter((path) => path.startsWith(`${folder}/`))).toEqual([]);
  });
});
