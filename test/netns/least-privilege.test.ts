// What SECURITY.md says that tsnet needs is enough for all of it, and no part of it is too much.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { root } from '../../tools/paths.ts';
import { callEveryPlugin, everyPlugin, preparedLinks, prepareHost } from './every-plugin.ts';
import { askOnce, daemonCall, TestDaemon } from './daemon.ts';
import type { DaemonAnswer } from './daemon.ts';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import { listedCapabilities, makeLauncher, withCapabilities, wordsOf } from './limits.ts';
import { plugins } from '../../bin/plugins.ts';

const isMissing = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0;
const missing = ['setpriv', 'g++'].filter(isMissing);
const config = bridgeConfig();
const without = (name: string): string[] =>
  withCapabilities(listedCapabilities().filter((one) => one !== name));

describe('the lists', () => {
  test('each system call is named once', () => {
    const named = wordsOf('SystemCallFilter');
    expect(new Set(named).size).toBe(named.length);
  });

  test('SECURITY.md names the capabilities of the service', () => {
    const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');
    const named = [...text.matchAll(/^\| `(CAP_\w+)` \|/gm)].map(([, name]) => name);
    expect(named).toEqual(wordsOf('CapabilityBoundingSet'));
  });

  test('every plugin is called here', () => {
    expect([...everyPlugin].sort()).toEqual(Object.keys(plugins).sort());
  });
});

describe.skipIf(missing.length > 0)(`limited (skipped without: ${missing.join(', ') || 'nothing'})`, () => {
  test('every plugin and the command line do the same as without limits', ({ lab, cni, ownLinks }) => {
    ownLinks.push(...preparedLinks);
    prepareHost(lab);
    const { launcher } = makeLauncher(lab.folder);
    const free = callEveryPlugin(lab, cni, []);
    expect(Object.values(free).filter((ending) => ending === 0).length).toBeGreaterThan(80);
    expect(callEveryPlugin(lab, cni, [...withCapabilities(listedCapabilities()), launcher])).toEqual(free);
  }, 600_000);

  test('the daemon serves', async ({ lab }) => {
    const { launcher } = makeLauncher(lab.folder);
    const wrapper = [...withCapabilities(listedCapabilities()), launcher];
    const daemon = await TestDaemon.start(lab, {}, { wrapper });
    lab.container('c1');
    const answers: DaemonAnswer[] = [];
    for (const verb of ['ADD', 'CHECK', 'DEL', 'STATUS'])
      answers.push(await askOnce(lab, daemonCall(lab, verb, 'c1', config)));
    expect(await daemon.stop()).toBe(0);
    expect(answers.map(({ kinds, exitCode }) => ({ kinds, exitCode }))).toEqual(
      answers.map(() => ({ kinds: 'BX', exitCode: 0 })),
    );
  });

  test('a system call of no use to tsnet is refused', ({ lab }) => {
    const { launcher, probe } = makeLauncher(lab.folder);
    const outcomes = (...argv: string[]): Record<string, string> =>
      Object.fromEntries(
        lab
          .exec(HOST, argv)
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      );
    const [free, limited] = [outcomes(probe), outcomes(launcher, probe)];
    expect(free).toMatchObject({ getpid: '0', ptrace: '0', setuid: '0', personality: '0', chroot: 'ENOENT' });
    const { getpid, ...others } = limited;
    expect(getpid).toBe('0');
    expect(new Set(Object.values(others))).toEqual(new Set(['EPERM']));
    expect(Object.keys(limited)).toEqual(Object.keys(free));
  });

  test('without CAP_NET_ADMIN no link can be made', ({ lab, cni }) => {
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', config, { wrapper: without('net_admin') })).toMatchObject({
      code: 106,
      msg: expect.stringMatching(/^RTM_NEWLINK link "cni0": .*CAP_NET_ADMIN/) as string,
    });
    cni.del('c1', config);
  });

  test('without CAP_SYS_ADMIN no namespace can be entered', ({ lab, cni }) => {
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', config, { wrapper: without('sys_admin') }).msg).toMatch(/CAP_SYS_ADMIN/);
    cni.del('c1', config);
  });

  test('without CAP_SYS_PTRACE the namespace of a process with more rights cannot be opened', async ({
    lab,
    cni,
  }) => {
    lab.container('c1');
    await lab.serve('c1', 80);
    const netns = `/proc/${String(lab.processes.at(-1))}/ns/net`;
    expect(cni.fail('ADD', 'c1', config, { netns, wrapper: without('sys_ptrace') })).toMatchObject({
      code: 8,
      msg: expect.stringContaining('CAP_SYS_PTRACE') as string,
    });
    cni.add('c1', config, { netns, wrapper: withCapabilities(listedCapabilities()) });
  });
});
