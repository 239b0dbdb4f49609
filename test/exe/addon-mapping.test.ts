// The addon is mapped from a file without a name, wherever a folder allows it; nothing stays behind.
import { describe, expect, test } from 'vitest';
import {
  addonAnswer,
  addonCall,
  assignments,
  config,
  inSeclusion,
  obstacle,
  writableFolders,
} from './executable.ts';

const reason = obstacle({ namespaces: true });
const input = config();
const addonScript = `${assignments(addonCall)} /mnt/bridge; leftovers >&2`;

/** Mounts `folders` anew with `options`. */
function remount(options: string, ...folders: string[]): string {
  return folders.map((folder) => `mount -t tmpfs -o ${options} exe ${folder}\n`).join('');
}

function expectLoaded({ stdout, stderr }: { stdout: string; stderr: string }): void {
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(addonAnswer);
}

describe.skipIf(reason !== undefined)(`the addon ${reason ? `(skipped: ${reason})` : ''}`, () => {
  test('loads, and leaves no file behind', () => {
    expectLoaded(inSeclusion(addonScript, 'mode=1777', input));
  });

  test.each([
    ['/tmp read-only', remount('ro', '/tmp')],
    ['/tmp noexec', remount('noexec', '/tmp')],
    ['/tmp, /dev/shm and /run noexec', remount('noexec', '/tmp', '/dev/shm', '/run')],
    ['/tmp, /dev/shm and /run read-only', remount('ro', '/tmp', '/dev/shm', '/run')],
    ['only /var/lib usable', remount('noexec', ...writableFolders.filter((folder) => folder !== '/var/lib'))],
  ])('loads with %s', (_, mounts) => {
    expectLoaded(inSeclusion(mounts + addonScript, 'mode=1777', input));
  });

  test.each(['/nowhere', '/proc', '/dev/null', 'relative', '/tmp/evil'])('loads with TMPDIR=%s', (folder) => {
    const variables = `export TMPDIR=${folder} TMP=${folder} TEMP=${folder} BUN_TMPDIR=${folder}\n`;
    expectLoaded(inSeclusion(variables + addonScript, 'mode=1777', input));
  });

  test.each(['noexec', 'ro'])('says so when every folder is mounted %s', (option) => {
    const { stdout, stderr } = inSeclusion(addonScript, option, input);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    expect(answer['msg']).toBe('no directory allows mapping the native addon (need one not mounted noexec)');
    for (const folder of writableFolders) expect(answer['details']).toContain(`${folder}: `);
    expect(stderr).toBe('');
  });

  test('is not needed for VERSION', () => {
    const { stdout, stderr } = inSeclusion('CNI_COMMAND=VERSION /mnt/bridge; leftovers >&2', 'ro');
    expect(JSON.parse(stdout)).toMatchObject({ cniVersion: '1.1.0' });
    expect(stderr).toBe('');
  });

  test('loads in 100 processes at the same time, and leaves no file behind', () => {
    const script = `
      ${remount('mode=1777', '/opt')}
      cat >/opt/config
      for number in $(seq 100); do ${assignments(addonCall)} /mnt/bridge </opt/config & done
      wait
      leftovers >&2`;
    const { stdout, stderr } = inSeclusion(script, 'mode=1777', input);
    expect(stderr).toBe('');
    const answers = stdout.trim().split('\n');
    expect(answers).toHaveLength(100);
    for (const answer of answers) expect(JSON.parse(answer)).toEqual(addonAnswer);
  });
});
