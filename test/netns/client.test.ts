// The client of the daemon with the kernel behind it: a call takes effect once, whatever becomes of the daemon.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { client as clientFile, clientFolder, executable } from '../../tools/paths.ts';
import { FakeDaemon, until } from '../fake-daemon.ts';
import type { Cni, Config, ResultJson } from './cni.ts';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab, Outcome } from './lab.ts';
import { addressesOf, linksOf } from './look.ts';
import { readStore } from './store.ts';

const client = { folder: clientFolder };
const config = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);

/** How a call of `verb` ends by the client and by the plugin itself. */
function both(cni: Cni, verb: string, input: Config): [Outcome, Outcome] {
  const [byClient, byItself] = [client, {}].map((options): Outcome => {
    const { status, stdout, stderr } = cni.call(verb, 'one', input, options);
    return { status, stdout, stderr };
  });
  if (byClient === undefined || byItself === undefined) throw new Error('nothing was called');
  return [byClient, byItself];
}

test('without a daemon every verb does what the plugin does', ({ cni, lab }) => {
  const viaClient = cni.add('one', config, client);
  expect(viaClient.ips?.map(({ address }) => address)).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  // ADD of what is there already is refused in the same words.
  const gc = bridgeConfig({ 'cni.dev/valid-attachments': [{ containerID: 'one', ifname: 'eth0' }] });
  for (const [verb, input] of [
    ['CHECK', { ...config, prevResult: viaClient }],
    ['ADD', config],
    ['GC', gc],
    ['STATUS', config],
    ['VERSION', config],
  ] as const) {
    const [byClient, byItself] = both(cni, verb, input);
    expect(byClient).toEqual(byItself);
  }
  cni.del('one', config, client);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).not.toContain('cni0');
  cni.del('one', config, client);
});

test('a namespace that is no longer there is no obstacle to DEL', ({ cni, lab }) => {
  cni.add('one', config, client);
  lab.endContainer('one');
  cni.del('one', config, client);
  cni.add('two', config, client);
  cni.del('two', config, { ...client, netns: '' });
});

/** The pairs that are there, and the addresses that are taken. */
function taken(lab: Lab) {
  return {
    pairs: linksOf(lab, HOST).filter(({ ifname }) => !['lo', 'cni0'].includes(ifname)).length,
    leases: readStore(lab).lease.length,
  };
}

test('the daemon dies after ADD is done and before it says so', async ({ cni, lab }) => {
  lab.container('one');
  const daemon = new FakeDaemon(lab.runDir);
  try {
    const { outcome } = cni.start('ADD', 'one', config, client);
    const caller = await daemon.serve();
    caller.send('B');
    const lost = cni.add('one', config);
    caller.send('O', JSON.stringify(lost).slice(0, 20));
    caller.close();
    const { status, stdout, stderr } = await outcome;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout) as ResultJson;
    expect(addressesOf(lab, 'one', 'eth0')).toEqual(
      expect.arrayContaining(result.ips?.map(({ address }) => address) ?? []),
    );
    expect(taken(lab)).toEqual({ pairs: 1, leases: 2 });
    expect(cni.call('CHECK', 'one', { ...config, prevResult: result })).toMatchObject({ status: 0 });
  } finally {
    daemon.close();
  }
});

test('the daemon dies at any moment of ADD', async ({ cni, lab }) => {
  lab.container('one');
  const daemon = new FakeDaemon(lab.runDir);
  try {
    for (let moment = 0; moment < 12; moment++) {
      const { outcome } = cni.start('ADD', 'one', config, client);
      const caller = await daemon.serve();
      caller.send('B');
      // What the daemon does and dies of: the same ADD, killed a little later each time.
      const attempt = cni.start('ADD', 'one', config);
      await setTimeout(6 * moment);
      attempt.child.kill('SIGKILL');
      await attempt.outcome;
      caller.close();
      cni.attached('one', config);
      expect(await outcome).toMatchObject({ status: 0, stderr: '' });
      expect(taken(lab)).toEqual({ pairs: 1, leases: 2 });
      cni.del('one', config);
    }
  } finally {
    daemon.close();
  }
});

test('the daemon dies in the middle of DEL', async ({ cni, lab }) => {
  const daemon = new FakeDaemon(lab.runDir);
  try {
    cni.add('one', config);
    const { outcome } = cni.start('DEL', 'one', config, client);
    const caller = await daemon.serve();
    caller.send('B');
    cni.del('one', config);
    caller.close();
    expect(await outcome).toEqual({ status: 0, stdout: '', stderr: '' });
  } finally {
    daemon.close();
  }
});

async function startDaemon(lab: Lab): Promise<ChildProcess> {
  const [file, args] = lab.inside(HOST, [executable, 'daemon']);
  const env = { ...process.env, TSNET_RUN_DIR: lab.runDir, TSNET_STATE_DIR: lab.stateDir };
  const daemon = spawn(file, args, { env, stdio: 'ignore' });
  await until(() => (existsSync(join(lab.runDir, 'tsnet.sock')) ? true : undefined));
  return daemon;
}

test('the daemon does it all, also with nothing beside the client', async ({ cni, lab }) => {
  const daemon = await startDaemon(lab);
  try {
    // Alone in a folder, it cannot become the one-shot executable.
    copyFileSync(clientFile, join(lab.folder, 'bridge'));
    const alone = { folder: lab.folder, env: { CNI_PATH: clientFolder } };
    const result = cni.add('one', config, alone);
    expect(addressesOf(lab, 'one', 'eth0')).toEqual(
      expect.arrayContaining(result.ips?.map(({ address }) => address) ?? []),
    );
    const check = { ...config, prevResult: result };
    expect(cni.call('CHECK', 'one', check, alone)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(JSON.parse(cni.call('VERSION', 'one', config, alone).stdout)).toHaveProperty('supportedVersions');
    const { code } = cni.fail('ADD', 'one', config, alone);
    expect(code).toBe(cni.fail('ADD', 'one', config).code);
    cni.del('one', config, alone);
    cni.del('one', config, { ...alone, netns: '' });
  } finally {
    daemon.kill();
    await once(daemon, 'exit');
  }
});

test('the daemon is killed while calls are under way, and each takes effect once', async ({ cni, lab }) => {
  const containers = Array.from({ length: 8 }, (_, number) => `c${number}`);
  for (const container of containers) lab.container(container);
  const daemon = await startDaemon(lab);
  const one = (container: string): Config =>
    portsConfig([{ hostPort: 8080 + containers.indexOf(container), containerPort: 80, protocol: 'tcp' }]);
  const calls = containers.map((container) => cni.start('ADD', container, one(container), client).outcome);
  await Promise.race(calls);
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  const outcomes = await Promise.all(calls);
  for (const container of containers) cni.attached(container, one(container), client);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const addresses = outcomes.flatMap(({ stdout }) => (JSON.parse(stdout) as ResultJson).ips ?? []);
  expect(new Set(addresses.map(({ address }) => address)).size).toBe(2 * containers.length);
  expect(taken(lab)).toEqual({ pairs: containers.length, leases: 2 * containers.length });
});
