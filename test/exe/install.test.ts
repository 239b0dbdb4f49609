// `tsnet cni install` and `uninstall`, on folders of the test's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client } from '../../tools/paths.ts';
import { bridge, cniFolder, executable, start } from './executable.ts';

let folder = '';
let bin = '';
let conf = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-install-'));
  bin = join(folder, 'bin');
  conf = join(folder, 'net.d');
  mkdirSync(bin);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const plugins = readdirSync(cniFolder).sort();

function tsnet(...args: string[]) {
  const env = { TSNET_RUN_DIR: join(folder, 'run'), TSNET_STATE_DIR: join(folder, 'state') };
  return start(executable, { args: ['cni', ...args], env });
}

const install = (...args: string[]) => tsnet('install', '--bin-dir', bin, '--conf-dir', conf, ...args);
const uninstall = () => tsnet('uninstall', '--bin-dir', bin);

/** Every file below a folder with its mode and content, but for the executable's. */
function tree(of: string): Record<string, string> {
  const names = readdirSync(of, { recursive: true, withFileTypes: true }).filter((one) => !one.isDirectory());
  return Object.fromEntries(
    names.map((one) => {
      const path = join(one.parentPath, one.name);
      const { mode, size } = statSync(path);
      return [path, `${mode.toString(8)} ${size > 1e6 ? size : readFileSync(path, 'utf8')}`];
    }),
  );
}

test('an empty folder gets the executable, a link for every plugin, and a network', () => {
  const { status, stdout, stderr } = install('--subnet', '10.9.0.0/24', '--subnet', 'fd09::/64');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(join(bin, 'tsnet'));
  expect(readFileSync(join(bin, 'tsnet')).equals(readFileSync(executable))).toBe(true);
  for (const name of plugins) expect(readlinkSync(join(bin, name))).toBe('tsnet');
  const version = start(join(bin, 'bridge'), { env: { CNI_COMMAND: 'VERSION' } });
  expect(version).toMatchObject({ status: 0 });

  const list = JSON.parse(readFileSync(join(conf, '10-tsnet.conflist'), 'utf8')) as {
    name: string;
    plugins: { type: string; ipam?: { ranges: unknown } }[];
  };
  expect(list.name).toBe('tsnet');
  expect(list.plugins[0]?.ipam?.ranges).toEqual([[{ subnet: '10.9.0.0/24' }], [{ subnet: 'fd09::/64' }]]);
  for (const { type } of list.plugins) expect(plugins).toContain(type);
});

test('without a subnet one is found that the host does not use', () => {
  expect(install().status).toBe(0);
  expect(readFileSync(join(conf, '10-tsnet.conflist'), 'utf8')).toMatch(/"subnet": "\d+\.\d+\.\d+\.\d+\/24"/);
});

test('what was there before comes back, byte for byte', () => {
  writeFileSync(join(bin, 'bridge'), '#!/bin/sh\necho the old one\n');
  chmodSync(join(bin, 'bridge'), 0o755);
  writeFileSync(join(bin, 'dhcp'), 'not ours');
  const before = tree(folder);
  expect(install().stdout).toContain('kept what was there before: bridge\n');
  expect(install().status).toBe(0);
  expect(readlinkSync(join(bin, 'bridge'))).toBe('tsnet');
  expect(readFileSync(join(bin, 'dhcp'), 'utf8')).toBe('not ours');
  const { status, stdout } = uninstall();
  expect(status).toBe(0);
  expect(stdout).toContain('brought back: bridge\n');
  expect(tree(folder)).toEqual(before);
  expect(start(join(bin, 'bridge'), { env: { PATH: '/bin' } }).stdout).toBe('the old one\n');
});

test('a plugin that somebody puts in place again is his, and kept at the next installation', () => {
  writeFileSync(join(bin, 'bridge'), 'first');
  install();
  rmSync(join(bin, 'bridge'));
  writeFileSync(join(bin, 'bridge'), 'second');
  install();
  expect(readlinkSync(join(bin, 'bridge'))).toBe('tsnet');
  uninstall();
  expect(readFileSync(join(bin, 'bridge'), 'utf8')).toBe('second');
});

test('networks that are there stay the only ones, unless a name is given', () => {
  mkdirSync(conf);
  writeFileSync(join(conf, '20-mine.conflist'), '{}');
  expect(install().stdout).toContain('was left as it is');
  expect(readdirSync(conf)).toEqual(['20-mine.conflist']);
  expect(install('--name', 'second').status).toBe(0);
  expect(readdirSync(conf).sort()).toEqual(['10-second.conflist', '20-mine.conflist']);
  uninstall();
  expect(readdirSync(conf)).toEqual(['20-mine.conflist']);
});

test('a configuration that was changed is left', () => {
  install();
  writeFileSync(join(conf, '10-tsnet.conflist'), '{"changed":true}');
  expect(uninstall().stdout).toContain('10-tsnet.conflist: it was changed');
  expect(readdirSync(conf)).toEqual(['10-tsnet.conflist']);
});

test.each([
  [['--subnet', '10.9.0.1/24'], /10\.9\.0\.1\/24/],
  [['--name', '../evil'], /--name "\.\.\/evil": /],
  [['--systemd-dir', '/nowhere'], /--systemd-dir: there is no daemon to run without --daemon/],
  [['--name', 'taken'], /10-taken\.conflist: there is a configuration of that name/],
])('%j is refused in one line and changes nothing', (args, message) => {
  mkdirSync(conf);
  writeFileSync(join(conf, '10-taken.conflist'), '{}');
  const before = tree(folder);
  const { status, stdout, stderr } = install(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(tree(folder)).toEqual(before);
});

test('where nothing is installed there is nothing to take away', () => {
  expect(uninstall()).toMatchObject({
    status: 1,
    stderr: `tsnet: ${bin}: tsnet is not installed there (--bin-dir)\n`,
  });
});

describe('with --daemon', () => {
  test('the plugins are links to the client, which does without the daemon that is not there', () => {
    const { status, stdout, stderr } = install('--daemon');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`the daemon is started by: ${join(bin, 'tsnet')} daemon\n`);
    for (const name of plugins) expect(readlinkSync(join(bin, name))).toBe('tsnet-client');
    expect(readFileSync(join(bin, 'tsnet-client')).equals(readFileSync(client))).toBe(true);
    expect(statSync(join(bin, 'tsnet-client')).mode & 0o7777).toBe(0o755);
    const env = { CNI_COMMAND: 'VERSION', TSNET_RUN_DIR: join(folder, 'run') };
    const answer = start(join(bin, 'bridge'), { env });
    expect(answer).toEqual(start(bridge, { env }));
    expect(JSON.parse(answer.stdout)).toHaveProperty('supportedVersions');
  });

  test('there and back again, and what was there before comes back at the end', () => {
    writeFileSync(join(bin, 'bridge'), 'the old one');
    const before = tree(folder);
    for (const [args, target] of [
      [[], 'tsnet'],
      [['--daemon'], 'tsnet-client'],
      [[], 'tsnet'],
      [['--daemon'], 'tsnet-client'],
    ] as const) {
      expect(install(...args).status).toBe(0);
      for (const name of plugins) expect(readlinkSync(join(bin, name))).toBe(target);
    }
    expect(uninstall()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('brought back: bridge\n') as string,
    });
    expect(tree(folder)).toEqual(before);
  });

  test('units are written where they are asked for, and go', () => {
    const units = join(folder, 'system');
    const before = tree(folder);
    expect(install('--daemon', '--systemd-dir', units).stdout).toContain(
      'systemctl enable --now tsnet.socket',
    );
    expect(readFileSync(join(units, 'tsnet.service'), 'utf8')).toContain(
      `\nExecStart=${join(bin, 'tsnet')} daemon\n`,
    );
    expect(readFileSync(join(units, 'tsnet.socket'), 'utf8')).toContain('=/run/tsnet/tsnet.sock\n');
    // A network is there by now; the note of it is kept.
    expect(install().status).toBe(0);
    expect(uninstall().stdout).toContain(`removed ${join(units, 'tsnet.service')}\n`);
    expect(tree(folder)).toEqual(before);
  });

  test('somebody else’s unit is left', () => {
    writeFileSync(join(folder, 'tsnet.service'), 'mine');
    const before = tree(folder);
    const { status, stderr } = install('--daemon', '--systemd-dir', folder);
    expect(status).toBe(1);
    expect(stderr).toContain('tsnet.service: there is a unit of that name');
    expect(tree(folder)).toEqual(before);
  });
});

test('a plugin can be called at any moment of an installation', async () => {
  install();
  const loop = spawn(
    'sh',
    [
      '-c',
      'while [ ! -e "$0.stop" ]; do "$0" </dev/null >/dev/null || exit 1; echo; done',
      join(bin, 'bridge'),
    ],
    {
      env: { PATH: '/usr/bin:/bin', CNI_COMMAND: 'VERSION' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let calls = 0;
  loop.stdout.on('data', (data: Buffer) => (calls += data.length));
  const ended = once(loop, 'exit');
  const args = ['cni', 'install', '--bin-dir', bin, '--conf-dir', conf];
  for (let i = 0; i < 10; i++) {
    // From one kind to the other, and back.
    const kind = i % 3 === 1 ? ['--daemon'] : [];
    await once(spawn(executable, [...args, ...kind], { stdio: 'ignore' }), 'exit');
  }
  writeFileSync(join(bin, 'bridge.stop'), '');
  expect(await ended).toEqual([0, null]);
  expect(calls).toBeGreaterThan(5);
});
