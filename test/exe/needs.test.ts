// What the executable needs of a host: an old libc, and nothing else. No Node, no PATH, no other program.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../tools/paths.ts';
import {
  addonAnswer,
  addonCall,
  assignments,
  bridge,
  call,
  config,
  executable,
  inSeclusion,
  obstacle,
  start,
} from './executable.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const noObjdump = obstacle({ tools: ['objdump'] });
const noLab = obstacle({ namespaces: true, tools: ['strace'] });

/** The parts of glibc. Every distribution's libc package has them all. */
const libc = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1',
];

function objdump(option: string, file: string): string {
  return start('objdump', { args: [option, file], env }).stdout;
}

function neededBy(file: string): string[] {
  return [...objdump('-p', file).matchAll(/NEEDED\s+(\S+)/g)].map(([, name = '']) => name);
}

function newestGlibc(file: string): number {
  const minors = [...objdump('-T', file).matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  return Math.max(...minors);
}

describe.skipIf(noObjdump !== undefined)(
  `shared libraries ${noObjdump ? `(skipped: ${noObjdump})` : ''}`,
  () => {
    const addon = join(root, 'native', 'build', 'tsnet.node');

    test('the executable needs those of libc alone', () => {
      expect(neededBy(executable)).not.toEqual([]);
      expect(neededBy(executable).filter((name) => !libc.includes(name))).toEqual([]);
    });

    test('the addon needs libc alone', () => expect(neededBy(addon)).toEqual(['libc.so.6']));

    test('neither needs a glibc newer than 2.17', () => {
      expect(newestGlibc(addon)).toBeLessThanOrEqual(17);
      expect(newestGlibc(addon)).toBeGreaterThan(0);
      expect(newestGlibc(executable)).toBeLessThanOrEqual(17);
    });
  },
);

test('it runs in an environment that has only the call in it', () => {
  const { status, stdout, stderr } = start(bridge, { env: addonCall, input: config() });
  expect(JSON.parse(stdout)).toEqual(addonAnswer);
  expect([status, stderr]).toEqual([1, '']);
});

test('it runs in an empty environment', () => {
  const { status, stderr } = start(bridge, { env: {} });
  expect(status).toBe(0);
  expect(stderr).toContain('CNI protocol versions supported');
});

// A limit of the runtime it is built with, which wants a current directory before any code of ours runs.
test('from a folder that is gone it does not run, and says so', () => {
  const script = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0"';
  const { status, stdout, stderr } = start('sh', {
    args: ['-c', script, bridge],
    env: { ...env, ...addonCall },
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('current working directory was deleted');
});

describe.skipIf(noLab !== undefined)(`a whole ADD and DEL ${noLab ? `(skipped: ${noLab})` : ''}`, () => {
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.9.0.0/24' }]] };
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
  const input = config({ isGateway: true, ipMasq: true, ipam, runtimeConfig: { portMappings } });
  const traced = (command: string): string =>
    `env -i ${assignments(call(command, '/run/box'))} strace -f -qq -e trace=execve,execveat -o /run/${command} /mnt/bridge </run/config`;

  test('execute no other program', () => {
    const script = `
      cat >/run/config
      touch /run/box
      unshare --net=/run/box true
      ${traced('ADD')} >&2 && ${traced('DEL')} >&2
      cat /run/ADD /run/DEL`;
    const { stdout, stderr } = inSeclusion(script, 'mode=1777', input);
    const result = JSON.parse(stderr) as { ips: { address: string }[] };
    expect(result.ips.map(({ address }) => address)).toEqual(['10.9.0.2/24']);
    const executed = stdout.split('\n').filter((line) => line.includes('execve'));
    expect(executed.map((line) => /"([^"]*)"/.exec(line)?.[1])).toEqual(['/mnt/bridge', '/mnt/bridge']);
  });
});
