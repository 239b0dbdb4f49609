// Variables that the runtime obeys before any code of ours runs: SECURITY.md tells of them, and the service clears them.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hardening } from '../../install/systemd/hardening.ts';
import { root } from '../../tools/paths.ts';
import { executable, start } from './executable.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-environment-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function version(env: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  return start(executable, { args: ['version'], env, cwd: folder });
}

function preload(): { script: string; marker: string } {
  const [script, marker] = [join(folder, 'preload.cjs'), join(folder, 'marker')];
  writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`);
  return { script, marker };
}

test('BUN_OPTIONS and BUN_BE_BUN are obeyed', () => {
  const { script, marker } = preload();
  expect(version({ BUN_OPTIONS: `--preload ${script}` }).stdout).toContain('tsnet ');
  expect(existsSync(marker)).toBe(true);
  expect(version({ BUN_BE_BUN: '1' }).stdout).not.toContain('tsnet ');
});

test('NODE_OPTIONS is not', () => {
  const { script, marker } = preload();
  expect(version({ NODE_OPTIONS: `--require ${script}` }).stdout).toContain('tsnet ');
  expect(existsSync(marker)).toBe(false);
});

test('what SECURITY.md names by its whole name, the service clears', () => {
  const told = readFileSync(join(root, 'SECURITY.md'), 'utf8').matchAll(/`((?:BUN|LD|NODE)_[A-Z_]*[A-Z])`/g);
  const cleared = hardening
    .filter((line) => line.startsWith('UnsetEnvironment='))
    .flatMap((line) => line.replace('UnsetEnvironment=', '').split(' '));
  const names = [...told].map(([, name = '']) => name);
  expect(names).toContain('BUN_BYTECODE_ORDER_OUT');
  expect(names.filter((name) => !cleared.includes(name))).toEqual([]);
});
