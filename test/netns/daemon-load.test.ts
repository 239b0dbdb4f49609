// The daemon under more than it can take, and what it tells meanwhile: connections, notifications, metrics over TCP.
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connectUnix, openUnixSocket } from '../../native/index.ts';
import { clientFolder, executable } from '../../tools/paths.ts';
import { askOnce, daemonCall, TestDaemon } from './daemon.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf } from './look.ts';

const BOUND = { timeout: 20_000, interval: 50 };
const WHERE = '127.0.0.1:9809';

type Start = (env: NodeJS.ProcessEnv, ...options: string[]) => Promise<TestDaemon>;

const test = base.extend<{ startDaemon: Start }>({
  startDaemon: async ({ lab }, use) => {
    const started: TestDaemon[] = [];
    await use(async (env, ...options) => {
      const daemon = await TestDaemon.start(lab, env, { options });
      started.push(daemon);
      return daemon;
    });
    // Those of a test that failed.
    for (const daemon of started) await daemon.stop('SIGKILL');
  },
});

function scrape(lab: Lab, where = WHERE): string[] {
  return lab.attempt(HOST, ['curl', '-sS', `http://${where}/metrics`]).stdout.split('\n');
}

/** Connects to the daemon that often and asks for nothing, while `work` is done. */
function besideSilent<T>(lab: Lab, count: number, work: () => T): T {
  const silent = Array.from({ length: count }, () => openUnixSocket('seqpacket'));
  try {
    for (const fd of silent) connectUnix(fd, join(lab.runDir, 'tsnet.sock'));
    return work();
  } finally {
    silent.forEach(closeSync);
  }
}

test('metrics over TCP go from one daemon to the next; 400 may call, and the next serves himself', async ({
  lab,
  cni,
  startDaemon,
}) => {
  const first = await startDaemon({}, '--metrics', WHERE);
  expect(scrape(lab)).toContain('# TYPE tsnet_calls_total counter');
  const added = 'tsnet_calls_total{verb="ADD",plugin="bridge",code="0"} 1';
  cni.add('c1', bridgeConfig(), { folder: clientFolder });
  expect(scrape(lab)).toContain(added);

  const second = await startDaemon({}, '--metrics', WHERE);
  expect(await first.ended).toBe(0);
  // What was counted is the first one's; the address is to be had as soon as that one is gone.
  await expect.poll(() => scrape(lab), BOUND).toContain('tsnet_endpoints{mode="bridge",state="ready"} 1');
  expect(scrape(lab)).not.toContain(added);

  lab.container('c2');
  lab.container('c3');
  const add = (name: string): unknown => cni.call('ADD', name, bridgeConfig(), { folder: clientFolder });
  besideSilent(lab, 399, () => expect(add('c2')).toMatchObject({ status: 0, stderr: '' }));
  cni.attached('c2', bridgeConfig());
  await expect.poll(() => scrape(lab), BOUND).toContain(added);
  expect(scrape(lab).filter((line) => line.startsWith('tsnet_refused_total '))).toEqual([]);
  besideSilent(lab, 400, () => expect(add('c3')).toMatchObject({ status: 0, stderr: '' }));
  cni.attached('c3', bridgeConfig());
  await expect.poll(() => scrape(lab), BOUND).toContain('tsnet_refused_total 1');
  expect(scrape(lab)).toContain(added);
  for (const name of ['c1', 'c2', 'c3']) cni.del(name, bridgeConfig(), { folder: clientFolder });
  expect(scrape(lab)).toContain('tsnet_calls_total{verb="DEL",plugin="bridge",code="0"} 3');

  expect(await second.stop()).toBe(0);
  expect(lab.attempt(HOST, ['curl', '-sS', `http://${WHERE}/metrics`]).status).not.toBe(0);
  const places = { TSNET_RUN_DIR: lab.runDir, TSNET_STATE_DIR: lab.stateDir };
  const nowhere = lab.attempt(HOST, [executable, 'daemon', '--metrics', '127.0.0.1:'], places);
  expect(nowhere.status).not.toBe(0);
  expect(nowhere.stderr).toContain('--metrics "127.0.0.1:": must be an absolute path, or address:port');
});

/** How many notifications were lost on sockets of nftables in the lab's host. */
function lostByTables(lab: Lab): number {
  const rows = lab.exec(HOST, ['cat', '/proc/net/netlink']).trim().split('\n');
  const [names = [], ...sockets] = rows.map((row) => row.trim().split(/\s+/));
  const [protocol, drops] = [names.indexOf('Eth'), names.indexOf('Drops')];
  return sockets
    .filter((fields) => fields[protocol] === '12')
    .reduce((sum, fields) => sum + Number(fields[drops]), 0);
}

/** Changes a table that is none of tsnet's, in more ways than a socket holds news of. */
function overwhelm(lab: Lab): void {
  // Who is not root of the machine can send less at once; but the daemon cannot hold as much, either.
  for (let [times, count] = [0, 20_000]; times < 20 && lostByTables(lab) === 0; times++) {
    const elements = Array.from({ length: count }, (_, at) => at + 1).join();
    const table = `table ip theirs { set many { type mark; elements = { ${elements} }; }; }\n`;
    const { stderr } = lab.attempt(HOST, ['nft', '-f', '-'], {}, `${table}delete table ip theirs\n`);
    if (stderr.includes('Message too long')) count /= 10;
    else expect(stderr).toBe('');
  }
}

test('what it was not told, because there was too much to tell, it finds', async ({ lab, startDaemon }) => {
  const daemon = await startDaemon({ TSNET_LOG: 'info' });
  lab.container('c1');
  const ask = (verb: string) => askOnce(lab, daemonCall(lab, verb, 'c1', bridgeConfig()));
  expect(await ask('ADD')).toMatchObject({ exitCode: 0 });
  const before = elementsOf(lab);
  expect(lostByTables(lab)).toBe(0);
  process.kill(daemon.pid, 'SIGSTOP');
  await expect.poll(() => readFileSync(`/proc/${daemon.pid}/stat`, 'utf8'), BOUND).toContain(') T ');
  overwhelm(lab);
  const lost = lostByTables(lab);
  expect(lost).toBeGreaterThan(0);
  lab.exec(HOST, ['nft', 'flush', 'table', 'inet', 'tsnet']);
  // Of this, too, it has not been told.
  expect(lostByTables(lab)).toBeGreaterThan(lost);
  process.kill(daemon.pid, 'SIGCONT');
  const mended = (): unknown[] =>
    daemon.lines
      .filter((line) => line.includes('"mended"'))
      .map((line) => (JSON.parse(line) as { subject: string }).subject);
  await expect.poll(mended, BOUND).toEqual(['table inet tsnet']);
  expect(elementsOf(lab)).toEqual(before);
  expect(await ask('DEL')).toMatchObject({ exitCode: 0 });
  expect(await daemon.stop()).toBe(0);
});
