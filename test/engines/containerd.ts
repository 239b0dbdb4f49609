// containerd and its client ctr, with no plugins but ours.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test as base } from '../netns/fixture.ts';
import { HOST } from '../netns/lab.ts';
import type { Lab, Outcome } from '../netns/lab.ts';
import { BUSYBOX, makeRoot, preparePlaces, whyNoEngine } from './places.ts';

const NETWORK = {
  cniVersion: '1.0.0',
  name: 'net',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isDefaultGateway: true,
      ipMasq: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]] },
    },
    { type: 'loopback' },
  ],
};

/** What has to be installed for containerd to run containers here. */
export const CONTAINERD = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'];

// What only a kubelet asks for takes longest to start.
const WITHOUT_CRI = 'disabled_plugins = ["io.containerd.grpc.v1.cri"]';

/** How often in a row, a tenth of a second apart, something is looked for that takes its time. */
const ATTEMPTS = 200;

/** How a daemon differs from that of `ctr run --cni`. */
export interface Setup {
  /** containerd's namespace, which its cgroup is named after, too. */
  readonly namespace: string;
  /** The only network. */
  readonly network: object;
  /** Lines of config.toml. */
  readonly settings: string;
}

/** A container that `ctr run` waits for. */
export interface Running {
  readonly id: string;
  /** Resolves when `ctr` has ended, which it does after DEL. */
  readonly ended: Promise<unknown>;
}

export class Containerd {
  readonly #lab: Lab;
  readonly #setup: Setup;
  readonly #root: string;
  readonly #log: string;
  #daemon: ChildProcess;

  private constructor(lab: Lab, setup: Setup) {
    this.#lab = lab;
    this.#setup = setup;
    preparePlaces(lab, setup.network);
    this.#root = makeRoot(lab);
    this.#log = join(lab.folder, 'containerd.log');
    const address = `[grpc]\naddress = "${this.socket}"`;
    writeFileSync(this.#settings, ['version = 2', setup.settings, address, ''].join('\n'));
    this.#daemon = this.#startDaemon();
  }

  /** Starts a daemon in the lab. Throws with its log when it does not answer. */
  static async start(
    lab: Lab,
    setup: Setup = { namespace: 'default', network: NETWORK, settings: WITHOUT_CRI },
  ): Promise<Containerd> {
    const engine = new Containerd(lab, setup);
    try {
      await engine.#untilItAnswers();
      return engine;
    } catch (error) {
      await engine.end();
      throw error;
    }
  }

  /** Where the daemon listens, also for what is outside of the lab. */
  get socket(): string {
    return join(this.#lab.folder, 'containerd.sock');
  }

  /** The root filesystem of containers. */
  get root(): string {
    return this.#root;
  }

  /** Calls ctr, whatever comes of it. */
  attempt(...args: readonly string[]): Outcome {
    return this.#lab.attempt(HOST, this.#ctr(args));
  }

  /** Calls ctr and gives what it printed. Throws when it fails. */
  ctr(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.attempt(...args);
    if (status !== 0) throw new Error(`ctr ${args.join(' ')}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Runs a container to its end and gives what it printed. */
  run(id: string, ...command: readonly string[]): string {
    return this.ctr(...this.#runArgs(id, command));
  }

  /** Starts a container that serves the page "hello" at port 80. ctr takes its network away when it ends. */
  async serve(id: string): Promise<Running> {
    const command = ['httpd', '-f', '-h', '/www'];
    const [file, args] = this.#lab.inside(HOST, this.#ctr(this.#runArgs(id, command)));
    const child = spawn(file, args, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await this.until(() => this.#isRunning(id), `container ${id} does not run`);
    return { id, ended };
  }

  /** Runs a command in a container that is running. */
  exec(id: string, ...command: readonly string[]): string {
    return this.ctr('task', 'exec', '--exec-id', 'one', id, ...command);
  }

  /** Kills a container and waits for what ctr does then. */
  async kill({ id, ended }: Running): Promise<void> {
    this.ctr('task', 'kill', '--signal', 'SIGKILL', id);
    await ended;
  }

  /** Kills the daemon and starts it again; containers run on. */
  async restart(): Promise<void> {
    this.#daemon.kill('SIGKILL');
    await once(this.#daemon, 'exit');
    this.#daemon = this.#startDaemon();
    await this.#untilItAnswers();
  }

  /** Ends what still runs, then the daemon. The cgroup of containerd's namespace is empty then. */
  async end(): Promise<void> {
    for (const id of this.attempt('task', 'ls', '--quiet').stdout.split('\n').filter(Boolean))
      this.attempt('task', 'delete', '--force', id);
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      this.#daemon.kill('SIGTERM');
      await once(this.#daemon, 'exit');
    }
    const cgroup = this.#setup.namespace;
    this.#lab.shell(HOST, `rmdir /sys/fs/cgroup/${cgroup} /sys/fs/cgroup/*/${cgroup} 2>&1 || true`);
  }

  /** Waits until something is so. Throws the complaint with the daemon's log when it does not become so. */
  async until(isSo: () => boolean | Promise<boolean>, complaint: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await isSo()) return;
      await sleep(100);
    }
    throw new Error(`${complaint}: ${readFileSync(this.#log, 'utf8')}`);
  }

  get #settings(): string {
    return join(this.#lab.folder, 'containerd.toml');
  }

  #startDaemon(): ChildProcess {
    const [file, args] = this.#lab.inside(HOST, ['containerd', '--config', this.#settings]);
    const log = openSync(this.#log, 'a');
    const daemon = spawn(file, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    return daemon;
  }

  async #untilItAnswers(): Promise<void> {
    await this.until(() => this.attempt('version').status === 0, 'containerd does not answer');
  }

  #ctr(args: readonly string[]): string[] {
    return ['ctr', '--address', this.socket, '--namespace', this.#setup.namespace, ...args];
  }

  #runArgs(id: string, command: readonly string[]): string[] {
    return ['run', '--rm', '--cni', '--env', 'PATH=/bin', '--rootfs', this.#root, id, ...command];
  }

  #isRunning(id: string): boolean {
    return this.attempt('task', 'ls')
      .stdout.split('\n')
      .some((line) => line.startsWith(`${id} `) && line.includes('RUNNING'));
  }
}

const obstacle = whyNoEngine(...CONTAINERD, BUSYBOX);

/** A test that gets a containerd of its own; skipped where there is none. */
export const test = base.extend<{ readonly engine: Containerd }>({
  engine: async ({ lab, skip }, use) => {
    if (obstacle !== undefined) skip(obstacle);
    const engine = await Containerd.start(lab);
    try {
      await use(engine);
    } finally {
      await engine.end();
    }
  },
});
