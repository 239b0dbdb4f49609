import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { delegate, executableOf } from './delegate.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-delegate-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Installs a plugin that runs the shell script `body`. */
function install(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const rawConfig = { cniVersion: '1.0.0', name: 'net', ipam: { type: 'fake' }, other: [1] };

function run(body: string, command: 'ADD' | 'DEL' = 'ADD') {
  install('fake', body);
  const env = { PATH: process.env['PATH'], CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' };
  return delegate({ path: [folder], env, rawConfig }, 'fake', command);
}

test('plugins are found in the first folder that has them, through links', () => {
  const path = install('real', 'true');
  symlinkSync(path, join(folder, 'link'));
  mkdirSync(join(folder, 'sub', 'real'), { recursive: true });
  expect(executableOf('real', ['/nowhere', join(folder, 'sub'), folder])).toBe(path);
  expect(executableOf('link', [folder])).toBe(join(folder, 'link'));
});

test.each(['../../bin/true', 'a/b', 'a\\b', ''])('%j is no name of a plugin', (type) => {
  expect(() => executableOf(type, ['/bin'])).toThrow(
    expect.objectContaining({ cniCode: 999, message: `invalid plugin name: ${type}` }),
  );
});

test('a plugin that is nowhere is reported with where it was looked for', () => {
  expect(() => executableOf('gone', [folder, '/nowhere'])).toThrow(
    `failed to find plugin "gone" in path [${folder} /nowhere]`,
  );
  expect(() => executableOf('gone', [])).toThrow('in path []');
});

test('ADD passes the environment on and returns the result', () => {
  const result = run(
    `echo '{"ips":[{"address":"10.0.0.2/24"}],"dns":{"domain":"'$CNI_COMMAND-$CNI_IFNAME'"}}'`,
  );
  expect(result?.ips[0]?.address.toString()).toBe('10.0.0.2/24');
  expect(result?.dns.domain).toBe('ADD-eth0');
});

test('the configuration arrives complete', () => {
  run(`[ "$(cat)" = '${JSON.stringify(rawConfig)}' ] && [ "$CNI_COMMAND" = DEL ]`, 'DEL');
  expect(() => run('[ "$(cat)" = other ]', 'DEL')).toThrow('plugin "fake": failed with exit code 1');
});

test('DEL returns nothing, even if the delegate prints something or does not read', () => {
  expect(run('echo hello', 'DEL')).toBeUndefined();
  expect(run('exec 0<&-', 'DEL')).toBeUndefined();
});

test('the error of a delegate stays what it is', () => {
  const json = '{"cniVersion":"1.0.0","code":11,"msg":"try later","details":"busy"}';
  expect(() => run(`echo '${json}'; exit 1`)).toThrow(
    expect.objectContaining({ cniCode: 11, message: 'try later', details: 'busy' }),
  );
});

test.each([
  ['exit 3', 999, 'plugin "fake": failed with exit code 3 and printed nothing'],
  ['echo boom; exit 2', 999, 'plugin "fake": failed with exit code 2 and printed no CNI error: boom'],
  ['kill -9 $$', 999, 'plugin "fake": failed with SIGKILL and printed nothing'],
  ['true', 6, 'plugin "fake": succeeded but printed no result'],
  ['echo nonsense', 6, 'plugin "fake": its result is not JSON: nonsense'],
  ['echo \'{"ips":[{}]}\'', 7, 'result of plugin "fake".ips[0].address: missing'],
])('%j is explained', (body, cniCode, message) => {
  expect(() => explained(() => run(body))).toThrow(expect.objectContaining({ cniCode, message }));
});

test('a file that cannot be run is reported', () => {
  chmodSync(install('plain', 'true'), 0o644);
  expect(() => delegate({ path: [folder], env: {}, rawConfig }, 'plain', 'ADD')).toThrow(/plain": .*EACCES/);
});

test('a plugin that is just being installed is tried again', async () => {
  const path = install('busy', 'true');
  const installer = spawn('sh', ['-c', 'exec 9>>"$0"; echo open; sleep 0.2', path]);
  await once(installer.stdout, 'data');
  expect(delegate({ path: [folder], env: {}, rawConfig }, 'busy', 'DEL')).toBeUndefined();
});
