// The daemon on a disk that is full, not writable or broken: each call says so in one line, and it goes on.
import { join } from 'node:path';
import { expect } from 'vitest';
import { askDaemon, askOnce, daemonCall, TestDaemon } from './daemon.ts';
import type { DaemonAnswer } from './daemon.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import { linksOf, tablesOf } from './look.ts';

interface Fixtures {
  /** Its run directory is a small file system of its own. */
  readonly daemon: TestDaemon;
}

const test = base.extend<Fixtures>({
  daemon: async ({ lab }, use) => {
    lab.shell(HOST, `mkdir -p ${lab.runDir}; mount -t tmpfs -o size=512k,mode=700 small ${lab.runDir}`);
    const daemon = await TestDaemon.start(lab);
    await use(daemon);
    expect(await daemon.stop()).toBe(0);
    // What the frame looks for in the store cannot be seen from outside.
    expect(tablesOf(lab)).toEqual([]);
    lab.exec(HOST, ['umount', lab.runDir]);
  },
});

/** The message of an answer that has to be an error of one line, and nothing else. */
function lineOf({ kinds, exitCode, stdout, stderr }: DaemonAnswer): string {
  expect({ kinds, exitCode, stderr }).toEqual({ kinds: 'BX', exitCode: 1, stderr: '' });
  const { msg } = JSON.parse(stdout) as { msg: string };
  expect(msg).not.toContain('\n');
  return msg;
}

test('full, read-only, garbage: told in one line, and over when the cause is gone', async ({
  lab,
  daemon,
}) => {
  lab.container('c1');
  const ask = (verb: string) => askOnce(lab, daemonCall(lab, verb, 'c1', bridgeConfig()));
  const { runDir } = lab;
  const askBefore = async (): Promise<DaemonAnswer> => {
    const path = join(lab.folder, 'before', 'tsnet.sock');
    const [answer] = await askDaemon(lab, [daemonCall(lab, 'ADD', 'c1', bridgeConfig())], HOST, [], path);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  const well = async (): Promise<void> => {
    for (const verb of ['ADD', 'CHECK', 'DEL'])
      expect(await ask(verb)).toMatchObject({ exitCode: 0, stderr: '' });
  };
  await well();

  lab.shell(HOST, `head -c 1000000 /dev/zero > ${runDir}/filler || true`);
  expect(lineOf(await ask('ADD'))).toMatch(/^store ".*": database or disk is full$/);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  lab.shell(HOST, `rm ${runDir}/filler`);
  await well();

  // What is open already cannot be made read-only: another file system comes into its place.
  lab.shell(HOST, `mkdir ${lab.folder}/before; mount --bind ${runDir} ${lab.folder}/before`);
  lab.shell(HOST, `mount -t tmpfs -o ro,mode=700 other ${runDir}`);
  expect(lineOf(await askBefore())).toMatch(/^store ".*": EROFS: read-only file system/);
  lab.shell(HOST, `umount ${runDir} ${lab.folder}/before`);
  await well();

  lab.shell(HOST, `cd ${runDir}; for f in state-*; do head -c 20000 /dev/urandom > $f; done`);
  for (const verb of ['ADD', 'DEL'])
    expect(lineOf(await ask(verb))).toMatch(/^store ".*": file is not a database$/);
  lab.shell(HOST, `rm ${runDir}/state-*`);
  await well();
  // Not a line each time.
  expect(daemon.lines.length).toBeLessThanOrEqual(3);
});
