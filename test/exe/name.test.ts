// The name it is called by decides what the executable is.
import { copyFileSync, linkSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridge, cniFolder, executable, start } from './executable.ts';
import type { Start } from './executable.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-name-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const plugins = readdirSync(cniFolder);

const version = { env: { CNI_COMMAND: 'VERSION' } };

function about(file: string, options: Start = {}): string {
  const { status, stdout, stderr } = start(file, options);
  expect([status, stdout]).toEqual([0, '']);
  return stderr.split('\n')[0] ?? '';
}

test.each(plugins)('called as %s it is that plugin', (name) => {
  expect(about(join(cniFolder, name))).toMatch(`tsnet ${name}: `);
});

test('through a link of a link', () => {
  const link = join(folder, 'none');
  symlinkSync(join(cniFolder, 'none'), link);
  expect(about(link)).toMatch('tsnet none: ');
});

test('as a copy', () => {
  const copy = join(folder, 'host');
  copyFileSync(executable, copy);
  expect(about(copy)).toMatch('tsnet host: ');
  linkSync(copy, join(folder, 'container'));
  expect(about(join(folder, 'container'))).toMatch('tsnet container: ');
});

test('by a relative path and by a bare name', () => {
  expect(about('./bridge', { cwd: cniFolder })).toMatch('tsnet bridge: ');
  expect(about('env', { args: ['bridge'], env: { PATH: `${cniFolder}:/usr/bin:/bin` } })).toMatch(
    'tsnet bridge: ',
  );
});

test('what the caller puts into argv[0] counts, as for every program of many names', () => {
  expect(about(executable, { argv0: '/opt/cni/bin/bridge' })).toMatch('tsnet bridge: ');
});

test('under any other name it is the command line', () => {
  const other = join(folder, 'net-of-mine');
  symlinkSync(executable, other);
  const { status, stdout } = start(other, { args: ['--help'] });
  expect(status).toBe(0);
  expect(stdout).toContain('Usage: tsnet');
});

test('a name that every object has is no plugin', () => {
  const { stdout } = start(executable, { argv0: 'constructor', args: ['--help'] });
  expect(stdout).toContain('Usage: tsnet');
});

test('VERSION answers on an empty stdin, and on one that is closed', () => {
  expect(JSON.parse(start(bridge, version).stdout)).toMatchObject({ cniVersion: '1.1.0' });
  const closed = start('sh', { args: ['-c', 'exec "$0" <&-', bridge], ...version });
  expect(JSON.parse(closed.stdout)).toMatchObject({ cniVersion: '1.1.0' });
});
