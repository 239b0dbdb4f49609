// The engine in a process that stays: links deleted without waiting for the kernel, a store beside short-lived processes.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { portsConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab, Outcome } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { linksOf } from './look.ts';
import { readStore } from './store.ts';

const config = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);
const done = { status: 0, stderr: '' };

/** A process that stays in the lab's host and serves calls. */
class Resident {
  readonly child: ChildProcess;
  readonly #lab: Lab;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab) {
    this.#lab = lab;
    const program = join(import.meta.dirname, 'resident-caller.ts');
    const [file, args] = lab.inside(HOST, [process.execPath, program]);
    const env = { ...process.env, TSNET_RUN_DIR: lab.runDir, TSNET_STATE_DIR: lab.stateDir };
    this.child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    // One that is killed does not read on.
    this.child.stdin?.on('error', () => undefined);
    if (this.child.stdout === null) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  begin(verb: string, container: string, configuration: object = config): void {
    const env = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: container,
      CNI_NETNS: `/run/netns/${container}`,
      CNI_IFNAME: 'eth0',
      TSNET_RUN_DIR: this.#lab.runDir,
      TSNET_STATE_DIR: this.#lab.stateDir,
    };
    this.child.stdin?.write(`${JSON.stringify({ plugin: 'bridge', env, config: configuration })}\n`);
  }

  async call(verb: string, container: string, configuration?: object): Promise<Outcome | undefined> {
    this.begin(verb, container, configuration);
    const line = await this.#lines.next();
    return line.done === true ? undefined : (JSON.parse(line.value) as Outcome);
  }

  async end(): Promise<number | null> {
    const ended = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.stdin?.end();
    const [code] = await ended;
    return code;
  }
}

test('a DEL has taken both ends away when it returns: the next ADD finds nothing in its way', async ({
  lab,
}) => {
  lab.container('c1');
  lab.container('c2');
  const resident = new Resident(lab);
  expect(await resident.call('ADD', 'c2', portsConfig([]))).toMatchObject(done);
  for (let round = 0; round < 20; round++) {
    expect(await resident.call('ADD', 'c1')).toMatchObject(done);
    expect(await resident.call('CHECK', 'c1', { ...config, prevResult: undefined })).toMatchObject(done);
    expect(await resident.call('DEL', 'c1')).toEqual({ ...done, stdout: '' });
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  }
  expect(linksOf(lab, HOST).filter(({ ifname }) => ifname.startsWith('veth'))).toHaveLength(1);
  expect(await resident.call('DEL', 'c2')).toMatchObject(done);
  expect(await resident.end()).toBe(0);
});

test('processes that come and go work beside it, on one store', async ({ lab, cni }) => {
  lab.container('c1');
  lab.container('c2');
  const resident = new Resident(lab);
  cni.add('c1', config);
  expect(await resident.call('ADD', 'c2')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('8080/tcp is already published') as string,
  });
  cni.del('c1', config);
  expect(await resident.call('ADD', 'c2')).toMatchObject(done);
  expect(cni.fail('ADD', 'c1', config).msg).toContain('8080/tcp is already published');
  cni.del('c2', config);
  expect(await resident.call('CHECK', 'c2')).toMatchObject({ status: 1 });
  expect(await resident.end()).toBe(0);
  // Nobody is left who would want the log.
  expect(readdirSync(lab.runDir).filter((name) => name.endsWith('-wal'))).toEqual([]);
});

test('killed at any moment of a DEL, it leaves what the next DEL takes away', async ({ lab, cni }) => {
  lab.container('c1');
  for (let moment = 0; moment < 12; moment += 2) {
    const resident = new Resident(lab);
    expect(await resident.call('ADD', 'c1')).toMatchObject(done);
    const ended = once(resident.child, 'exit');
    resident.begin('DEL', 'c1');
    setTimeout(() => resident.child.kill('SIGKILL'), moment);
    await ended;
    cni.del('c1', config);
    expect(readStore(lab)).toMatchObject({ endpoint: [], lease: [], port: [] });
    expect(linksOf(lab, HOST).filter(({ ifname }) => ifname.startsWith('veth'))).toEqual([]);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
    // What containers share goes with the last DEL that is not cut off.
    cni.add('c1', config);
    cni.del('c1', config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  }
});
