// The daemon: the same as one-shot calls, for the same callers, whatever happens to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { bindUnix, listenOn, openUnixSocket, receiveMessage } from '../../native/index.ts';
import { bun, cniFolder, executable } from '../../tools/paths.ts';
import { askDaemon, askOnce, daemonCall, TestDaemon } from './daemon.ts';
import type { DaemonAnswer, DaemonCall } from './daemon.ts';
import type { Config } from './cni.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { addressesOf, elementsOf, linksOf } from './look.ts';
import { ping } from './reach.ts';
import { snapshot } from './snapshot.ts';
import { readStore } from './store.ts';

interface Fixtures {
  /** Starts a daemon that the test ends itself. */
  readonly startDaemon: (env?: NodeJS.ProcessEnv) => Promise<TestDaemon>;
  /** One that has to end well after the test. */
  readonly daemon: TestDaemon;
}

const test = base.extend<Fixtures>({
  startDaemon: async ({ lab }, use) => {
    const started: TestDaemon[] = [];
    await use(async (env) => {
      const daemon = await TestDaemon.start(lab, env);
      started.push(daemon);
      return daemon;
    });
    for (const daemon of started) await daemon.stop('SIGKILL');
  },
  daemon: async ({ lab, startDaemon }, use) => {
    const daemon = await startDaemon();
    await use(daemon);
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(join(lab.runDir, 'tsnet.sock'))).toBe(false);
  },
});

const config = bridgeConfig();
const DONE = { kinds: 'BX', exitCode: 0, stderr: '', failure: '' };
const wasRefused = ({ kinds, failure }: DaemonAnswer): boolean => kinds === 'N' || failure !== '';

function containers(lab: Lab, count: number): string[] {
  const names = Array.from({ length: count }, (_, at) => `c${at}`);
  for (const name of names) lab.container(name);
  return names;
}

function callsFor(lab: Lab, verb: string, names: readonly string[]): DaemonCall[] {
  return names.map((name) => daemonCall(lab, verb, name, config));
}

test('ADD, CHECK, DEL, STATUS, VERSION and errors answer as one-shot calls do', async ({
  lab,
  cni,
  daemon,
}) => {
  expect(daemon.lines).toHaveLength(1);
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
  const whole = bridgeConfig({ runtimeConfig: { portMappings, ips: ['10.1.0.7', 'fd00:1::7'] } });
  lab.container('c1');
  const rounds: unknown[][] = [];
  for (const isResident of [false, true, true]) {
    const answers: unknown[] = [];
    rounds.push(answers);
    for (const verb of ['VERSION', 'STATUS', 'CHECK', 'DEL', 'ADD', 'ADD', 'CHECK', 'DEL', 'DEL']) {
      const input = verb === 'CHECK' || verb === 'DEL' ? bridgeConfig() : whole;
      if (isResident) {
        const { kinds, exitCode, stdout, stderr } = await askOnce(lab, daemonCall(lab, verb, 'c1', input));
        answers.push({ verb, kinds, status: exitCode, stdout, stderr });
      } else {
        const { status, stdout, stderr } = cni.call(verb, 'c1', input);
        answers.push({ verb, kinds: verb === 'VERSION' ? 'X' : 'BX', status, stdout, stderr });
      }
    }
  }
  expect(rounds[1]).toEqual(rounds[0]);
  expect(rounds[2]).toEqual(rounds[1]);
});

test('a bridge that somebody has made anew a moment ago is not taken for the one that was there', async ({
  lab,
  daemon,
}) => {
  const [c0 = '', c1 = ''] = containers(lab, 2);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', c0, config))).toMatchObject(DONE);
  // It would make the bridge anew itself, in between.
  process.kill(daemon.pid, 'SIGSTOP');
  lab.shell(HOST, 'ip link delete cni0 && ip link add cni0 type bridge');
  process.kill(daemon.pid, 'SIGCONT');
  expect(await askOnce(lab, daemonCall(lab, 'ADD', c1, config))).toMatchObject(DONE);
  expect(ping(lab, c1, '10.1.0.1')).toBe(true);
  // What was in the former one is put into this one.
  await expect.poll(() => ping(lab, c1, '10.1.0.2'), { timeout: 10_000 }).toBe(true);
  lab.exec(HOST, ['nft', 'flush', 'table', 'inet', 'tsnet']);
  lab.container('c2');
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c2', config))).toMatchObject(DONE);
  const rules = (): boolean =>
    lab.exec(HOST, ['nft', 'list', 'table', 'inet', 'tsnet']).includes('masquerade');
  await expect.poll(rules, { timeout: 10_000 }).toBe(true);
  expect(await askDaemon(lab, callsFor(lab, 'DEL', [c0, c1, 'c2']))).toMatchObject([DONE, DONE, DONE]);
  // That one was not made by tsnet.
  lab.exec(HOST, ['ip', 'link', 'delete', 'cni0']);
  expect(daemon.lines.length).toBeGreaterThan(0);
});

test('what the store refuses while the pair is made already: nothing of it stays', async ({
  lab,
  daemon,
}) => {
  expect(daemon.lines).toHaveLength(1);
  const [c0 = '', c1 = '', c2 = ''] = containers(lab, 3);
  const done = async (verb: string, container: string, asked: Config): Promise<void> =>
    expect(await askOnce(lab, daemonCall(lab, verb, container, asked))).toMatchObject(DONE);
  const published = bridgeConfig({
    runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
  });
  const newestLink = (): number => Math.max(...linksOf(lab, HOST).map(({ ifindex }) => ifindex));
  await done('ADD', c0, published);
  const newest = newestLink();
  const refused: readonly (readonly [string, Config, number])[] = [
    [c0, published, 104],
    [c1, published, 103],
    [c1, bridgeConfig({ runtimeConfig: { ips: ['10.1.0.2'] } }), 102],
  ];
  for (const [container, asked, code] of refused) {
    // After a failure the daemon is certain of nothing.
    await done('ADD', c2, config);
    await done('DEL', c2, config);
    const before = snapshot(lab);
    const answer = await askOnce(lab, daemonCall(lab, 'ADD', container, asked));
    expect(answer).toMatchObject({ ...DONE, exitCode: 1 });
    expect(JSON.parse(answer.stdout)).toMatchObject({ code });
    expect(snapshot(lab)).toEqual(before);
  }
  await done('ADD', c1, config);
  // Three pairs of c2, one of c1, and two that were begun in vain; that of c0 was there.
  expect(newestLink() - newest).toBe(6);
  expect(ping(lab, c1, '10.1.0.2')).toBe(true);
  for (const container of [c0, c1]) await done('DEL', container, config);
});

test('50 at once, and traffic', async ({ lab, daemon }) => {
  expect(daemon.lines).toHaveLength(1);
  const names = containers(lab, 50);
  const added = await askDaemon(lab, callsFor(lab, 'ADD', names));
  expect(added).toEqual(names.map(() => expect.objectContaining(DONE) as DaemonAnswer));
  const inside = names.map((name) => addressesOf(lab, name, 'eth0')[0] ?? '');
  expect(new Set(inside).size).toBe(50);
  expect(elementsOf(lab)).toMatchObject({ endpoints4: { length: 50 } });
  expect(ping(lab, 'c0', inside[49]?.split('/')[0] ?? '')).toBe(true);
  expect(await askDaemon(lab, callsFor(lab, 'CHECK', names))).toEqual(
    names.map(() => expect.objectContaining({ ...DONE, stdout: '' }) as DaemonAnswer),
  );
  const deleted = await askDaemon(lab, callsFor(lab, 'DEL', names));
  expect(deleted).toEqual(names.map(() => expect.objectContaining({ ...DONE, stdout: '' }) as DaemonAnswer));
});

test('the descriptor is the sandbox where the path leads nowhere, and the path is what is recorded', async ({
  lab,
  cni,
  daemon,
}) => {
  expect(daemon.lines).toHaveLength(1);
  const pass = lab.container('c1');
  const call = { ...daemonCall(lab, 'ADD', 'c1', config, { netns: '/proc/self/fd/999' }), pass };
  const { exitCode, stdout } = await askOnce(lab, call);
  expect(exitCode).toBe(0);
  cni.attached('c1', config);
  expect(stdout).toContain('/proc/self/fd/999');
  expect(addressesOf(lab, 'c1', 'eth0')).toHaveLength(2);
  expect(readStore(lab).endpoint[0]).toMatchObject({ netns: '/proc/self/fd/999' });
  const del = { ...daemonCall(lab, 'DEL', 'c1', config, { netns: '/run/netns/gone' }), pass: '' };
  expect(await askOnce(lab, del)).toMatchObject({ ...DONE, stdout: '' });
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('refused before anything is done: whose place is another one', async ({ lab, daemon }) => {
  expect(daemon.lines).toHaveLength(1);
  lab.container('c1');
  lab.container('c2');
  const add = daemonCall(lab, 'ADD', 'c1', config);
  const refusals = [
    await askOnce(lab, add, 'c2'),
    ...(await askDaemon(lab, [add], HOST, ['unshare', '--mount'])),
    await askOnce(lab, { ...add, pass: '/run/netns/c2' }),
    await askOnce(lab, { ...add, pass: '' }),
    await askOnce(lab, daemonCall(lab, 'ADD', 'c1', config, { netns: 'c1' })),
    await askOnce(lab, { ...add, env: { ...add.env, CNI_PATH: 'bin' } }),
    await askOnce(lab, { ...add, env: { ...add.env, TSNET_LOG: 'info' } }),
    await askOnce(lab, { ...add, plugin: 'cilium' }),
  ];
  expect(refusals.map(({ kinds }) => kinds).join('')).toBe('NNNNNNNN');
  expect(refusals.map(({ refusal }) => refusal)).toEqual([
    'the caller is in another network namespace than the daemon',
    'the caller is in another mount namespace than the daemon',
    'CNI_NETNS leads the daemon elsewhere than the caller',
    'CNI_NETNS leads the daemon elsewhere than the caller',
    'CNI_NETNS is not absolute',
    'CNI_PATH has a folder that is not absolute',
    'the call is to tell what it does on its own stderr',
    'there is no plugin "cilium"',
  ]);
  expect(readStore(lab).endpoint).toEqual([]);
});

test('refused before anything is done: who is not root', async ({ lab, daemon, skip }) => {
  const wrapper = ['setpriv', '--reuid=65534', '--clear-groups', '--'];
  const script = join(import.meta.dirname, 'daemon-client.ts');
  const reads = lab.attempt(HOST, [...wrapper, 'test', '-r', script, '-a', '-x', bun]);
  skip(reads.status !== 0, 'the checkout is not readable for others');
  const call = daemonCall(lab, 'ADD', 'c1', config, { netns: lab.container('c1') });
  expect((await askDaemon(lab, [call], HOST, wrapper))[0]).toMatchObject({ failure: 'EACCES' });
  // Somebody has opened the door: the daemon asks who it is.
  for (const folder of [lab.folder, lab.runDir]) chmodSync(folder, 0o755);
  chmodSync(join(lab.runDir, 'tsnet.sock'), 0o666);
  expect((await askDaemon(lab, [call], HOST, wrapper))[0]).toMatchObject({
    kinds: 'N',
    refusal: 'user 65534 may not ask the daemon',
  });
  expect(daemon.pid).toBeGreaterThan(0);
});

test('refused before anything is done: what another IPAM plugin has a part in', async ({ lab, daemon }) => {
  const marker = join(lab.folder, 'called');
  for (const type of ['foreign', 'host-local'])
    writeFileSync(join(lab.folder, type), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  lab.container('c1');
  for (const type of ['foreign', 'host-local']) {
    const asking = bridgeConfig({ ipam: { type, subnet: '10.1.0.0/24' } });
    for (const verb of ['ADD', 'CHECK', 'DEL', 'GC', 'STATUS']) {
      const env = { CNI_PATH: lab.folder };
      expect(await askOnce(lab, daemonCall(lab, verb, 'c1', asking, { env }))).toMatchObject({
        kinds: 'N',
        refusal: 'the call runs another program',
      });
    }
  }
  expect(existsSync(marker)).toBe(false);
  expect(daemon.pid).toBeGreaterThan(0);
});

test('what is malformed, too long or silent is refused, and keeps nobody waiting', async ({
  lab,
  daemon,
}) => {
  const raw = (bytes: Uint8Array): DaemonCall => ({
    plugin: '',
    env: {},
    stdin: '',
    raw: Buffer.from(bytes).toString('base64'),
  });
  const silent = askDaemon(
    lab,
    Array.from({ length: 20 }, () => raw(new Uint8Array())),
  );
  const answers = await askDaemon(lab, [
    raw(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    raw(new Uint8Array(140_000)),
    raw(Buffer.from('tsnet 0.0.1\0bridge\0\0')),
  ]);
  expect(answers.map(({ refusal }) => refusal)).toEqual([
    'the request ends within its fields',
    'the request has more than 131072 bytes',
    expect.stringContaining('the request is of tsnet 0.0.1'),
  ]);
  lab.container('c1');
  for (const verb of ['ADD', 'DEL'])
    expect(await askOnce(lab, daemonCall(lab, verb, 'c1', config))).toMatchObject(DONE);
  expect((await silent).map(({ kinds, failure }) => [kinds, failure])).toEqual(
    Array.from({ length: 20 }, () => ['', '']),
  );
  // Nothing of all these stays open.
  const open = readdirSync(`/proc/${daemon.pid}/fd`).length;
  await askDaemon(lab, [raw(new Uint8Array(1)), raw(new Uint8Array(140_000))]);
  expect(readdirSync(`/proc/${daemon.pid}/fd`)).toHaveLength(open);
});

test('killed at any moment, it leaves nothing that a one-shot DEL does not find', async ({
  lab,
  cni,
  startDaemon,
}) => {
  const names = containers(lab, 5);
  for (let moment = 0; moment <= names.length; moment++) {
    const daemon = await startDaemon();
    const asked = askDaemon(lab, callsFor(lab, 'ADD', names));
    // The client takes its time to start; then five ADDs follow each other.
    while (readStore(lab).endpoint.length < moment) await new Promise((resolve) => setTimeout(resolve, 1));
    await daemon.stop('SIGKILL');
    for (const { kinds, exitCode } of await asked) expect([kinds, exitCode]).not.toEqual(['BX', 1]);
    for (const name of names) cni.del(name, config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  }
});

test('another daemon takes over while calls are made, and none of them fails', async ({
  lab,
  cni,
  daemon,
  startDaemon,
}) => {
  const names = containers(lab, 12);
  const answers: DaemonAnswer[] = [];
  const over = new AbortController();
  const load = (async () => {
    while (!over.signal.aborted)
      for (const verb of ['ADD', 'DEL']) answers.push(...(await askDaemon(lab, callsFor(lab, verb, names))));
  })();
  const second = await startDaemon();
  expect(await daemon.ended).toBe(0);
  const third = await startDaemon();
  expect(await second.ended).toBe(0);
  over.abort();
  await load;
  expect(answers.filter((one) => !wasRefused(one) && one.exitCode !== 0)).toEqual([]);
  expect(answers.filter((one) => one.exitCode === 0).length).toBeGreaterThan(names.length);
  for (const name of names) cni.del(name, config);
  expect(await third.stop('SIGINT')).toBe(0);
});

test('SIGTERM: who has asked is served, others are refused, and nothing is half done', async ({
  lab,
  cni,
  startDaemon,
}) => {
  const names = containers(lab, 20);
  const daemon = await startDaemon();
  const asked = askDaemon(lab, callsFor(lab, 'ADD', names));
  while (readStore(lab).endpoint.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(await daemon.stop()).toBe(0);
  const answers = await asked;
  expect(answers.filter((one) => !wasRefused(one) && one.exitCode !== 0)).toEqual([]);
  const added = answers.filter(({ exitCode }) => exitCode === 0).length;
  expect(added).toBeGreaterThan(0);
  expect(readStore(lab).endpoint.map(({ state }) => state)).toEqual(
    Array.from({ length: added }, () => 'ready'),
  );
  expect(readdirSync(lab.runDir).filter((name) => name.includes('sock'))).toEqual([]);
  for (const name of names) cni.del(name, config);
});

test('what a killed daemon left does not hinder the next one', async ({ lab, startDaemon }) => {
  const killed = await startDaemon();
  await killed.stop('SIGKILL');
  expect(existsSync(join(lab.runDir, 'tsnet.sock'))).toBe(true);
  const next = await startDaemon();
  expect(await next.stop()).toBe(0);
});

test('the store taken away while it runs: it makes a new one, and DEL finds what was there', async ({
  lab,
  daemon,
}) => {
  containers(lab, 2);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c0', config))).toMatchObject(DONE);
  for (const name of readdirSync(lab.runDir).filter((one) => !one.startsWith('tsnet.sock')))
    rmSync(join(lab.runDir, name));
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c1', config))).toMatchObject(DONE);
  expect(readStore(lab).endpoint).toHaveLength(1);
  for (const name of ['c0', 'c1'])
    expect(await askOnce(lab, daemonCall(lab, 'DEL', name, config))).toMatchObject({ ...DONE, stdout: '' });
  expect(daemon.lines).toHaveLength(1);
});

test('one-shot calls and the daemon see each other, and rules that were flushed come back', async ({
  lab,
  cni,
  daemon,
}) => {
  containers(lab, 2);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c0', config))).toMatchObject(DONE);
  cni.add('c1', config);
  cni.del('c0', config);
  lab.exec(HOST, ['nft', 'flush', 'table', 'inet', 'tsnet']);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c0', config))).toMatchObject(DONE);
  await expect
    .poll(() => askOnce(lab, daemonCall(lab, 'CHECK', 'c1', config)), { timeout: 10_000 })
    .toMatchObject(DONE);
  expect(await askOnce(lab, daemonCall(lab, 'DEL', 'c0', config))).toMatchObject(DONE);
  expect(daemon.lines).toHaveLength(1);
});

test('idle, it uses no processor time', async ({ lab, daemon }) => {
  containers(lab, 1);
  for (const verb of ['ADD', 'DEL']) await askOnce(lab, daemonCall(lab, verb, 'c0', config));
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(' ');
    return Number(fields[13]) + Number(fields[14]);
  };
  // What the calls left behind for later, such as a collection of garbage, comes first.
  await expect
    .poll(
      async () => {
        const before = ticks();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return ticks() - before;
      },
      { timeout: 30_000 },
    )
    .toBe(0);
});

test('--check tells whether it is well', ({ lab, daemon }) => {
  const places = { TSNET_RUN_DIR: lab.runDir, TSNET_STATE_DIR: lab.stateDir };
  const check = (where: string, env: NodeJS.ProcessEnv): unknown =>
    lab.attempt(where, [executable, 'daemon', '--check'], env);
  expect(check(HOST, places)).toMatchObject({ status: 0, stderr: 'tsnet: the daemon is well\n' });
  expect(check(HOST, { ...places, TSNET_RUN_DIR: dirname(lab.runDir) })).toMatchObject({ status: 1 });
  lab.container('c1');
  expect(check('c1', places)).toMatchObject({
    status: 1,
    stderr: 'tsnet: the daemon is not well: the caller is in another network namespace than the daemon\n',
  });
  expect(daemon.lines).toHaveLength(1);
});

test('TSNET_LOG=info: a line for each change', async ({ lab, startDaemon }) => {
  const daemon = await startDaemon({ TSNET_LOG: 'info' });
  containers(lab, 1);
  for (const verb of ['ADD', 'CHECK', 'DEL'])
    expect(await askOnce(lab, daemonCall(lab, verb, 'c0', config))).toMatchObject(DONE);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c0', bridgeConfig({ mtu: -1 })))).toMatchObject({
    exitCode: 1,
  });
  expect(await daemon.stop()).toBe(0);
  const served = daemon.lines
    .filter((line) => line.includes('"served"'))
    .map((line) => JSON.parse(line) as object);
  const facts = { uid: 0, plugin: 'bridge', network: 'net', container: 'c0', ifname: 'eth0' };
  expect(served).toMatchObject([
    { ...facts, verb: 'ADD', outcome: 'done' },
    { ...facts, verb: 'DEL', outcome: 'done' },
    { ...facts, verb: 'ADD', outcome: expect.stringContaining('"code":7') as string },
  ]);
});

test('IPAM under a name of ours is ours when a link of CNI_PATH leads to this program', async ({
  lab,
  daemon,
}) => {
  expect(existsSync(join(cniFolder, 'host-local'))).toBe(true);
  containers(lab, 1);
  for (const verb of ['ADD', 'DEL'])
    expect(await askOnce(lab, daemonCall(lab, verb, 'c0', config))).toMatchObject(DONE);
  expect(daemon.pid).toBeGreaterThan(0);
});

test('under systemd: it takes the socket that it is given, leaves it, and tells its state', async ({
  lab,
}) => {
  const path = join(lab.folder, 'passed.sock');
  const listener = openUnixSocket('seqpacket');
  bindUnix(listener, path);
  listenOn(listener, 16);
  const notified = openUnixSocket('datagram');
  bindUnix(notified, join(lab.folder, 'notify.sock'));
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" daemon';
  const [file, args] = lab.inside(HOST, ['sh', '-c', script, executable]);
  const env = { ...process.env, TSNET_RUN_DIR: lab.runDir, NOTIFY_SOCKET: join(lab.folder, 'notify.sock') };
  const child = spawn(file, args, { env, stdio: ['ignore', 'inherit', 'pipe', listener] });
  const ended = once(child, 'exit');
  try {
    await expect.poll(() => received(notified)).toBe('READY=1');
    containers(lab, 1);
    for (const verb of ['ADD', 'DEL'])
      expect((await askDaemon(lab, callsFor(lab, verb, ['c0']), HOST, [], path))[0]).toMatchObject(DONE);
    child.kill('SIGTERM');
    await expect.poll(() => received(notified)).toBe('STOPPING=1');
    expect(await ended).toEqual([0, null]);
    expect(existsSync(path)).toBe(true);
    expect(existsSync(join(lab.runDir, 'tsnet.sock'))).toBe(false);
  } finally {
    child.kill('SIGKILL');
    for (const fd of [listener, notified]) closeSync(fd);
  }
});

function received(fd: number): string | undefined {
  const buffer = new Uint8Array(100);
  const message = receiveMessage(fd, buffer);
  return message && Buffer.from(buffer.subarray(0, message.length)).toString();
}
