// The path of a namespace is looked up once in a call; what was opened is what is worked on.
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createPinned, openNamespace } from '../../netns/namespace.ts';
import { callEveryPlugin, preparedLinks, prepareHost } from './every-plugin.ts';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';

const hasStrace = spawnSync('sh', ['-c', 'command -v strace']).status === 0;
const config = bridgeConfig();

/** How often a path was opened by each process that a trace tells of. */
function opens(trace: string, path: string): number[] {
  const counts = new Map<string, number>();
  for (const line of trace.split('\n')) {
    const pid = /^(\d+) .*open(?:at)?\(.*"([^"]*)"/.exec(line);
    if (pid?.[2] === path) counts.set(pid[1] ?? '', (counts.get(pid[1] ?? '') ?? 0) + 1);
  }
  return [...counts.values()];
}

test.skipIf(!hasStrace)(
  'every call that succeeds opens CNI_NETNS once (skipped without strace)',
  ({ lab, cni, ownLinks }) => {
    ownLinks.push(...preparedLinks);
    prepareHost(lab);
    const log = join(lab.folder, 'opened');
    const strace = ['strace', '-f', '-qq', '-A', '-e', 'trace=open,openat', '-o', log];
    const journal = callEveryPlugin(lab, cni, strace);
    const counts = opens(readFileSync(log, 'utf8'), '/run/netns/c1');
    expect(counts.length).toBeGreaterThan(25);
    // An ADD that failed looks once more for what it may have left; it goes by the identity on record.
    const failed = Object.entries(journal).filter(([call, end]) => call.endsWith(' ADD') && end !== 0);
    expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(failed.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  },
);

test('a namespace that took the path of another is left alone', ({ lab, cni }) => {
  cni.add('c1', config);
  lab.shell(
    HOST,
    'mv /run/netns/c1 /run/netns/kept 2>/dev/null || { touch /run/netns/kept; mount --bind /run/netns/c1 /run/netns/kept; umount -l /run/netns/c1; }',
  );
  lab.shell(
    HOST,
    'touch /run/netns/c1; unshare --net=/run/netns/c1 ip link add eth0 type veth peer name other0',
  );
  expect(cni.fail('CHECK', 'c1', config).msg).toContain('is not the sandbox it was attached in');
  cni.del('c1', config);
  expect(lab.exec('c1', ['ip', '-br', 'link'])).toMatch(/eth0/);
  lab.shell('c1', 'ip link delete eth0');
  expect(lab.exec('kept', ['ip', '-br', 'link'])).not.toMatch(/eth0/);
  lab.shell(HOST, 'umount /run/netns/kept; rm /run/netns/kept');
});

test('a name that is taken, by a link above all, is not made a namespace of', ({ lab }) => {
  const [victim, link] = [join(lab.folder, 'victim'), join(lab.folder, 'link')];
  writeFileSync(victim, '');
  symlinkSync(victim, link);
  for (const path of [link, victim]) expect(() => createPinned(path)).toThrow('EEXIST');
  expect(() => openNamespace(link)).toThrow('it is no network namespace');
});
