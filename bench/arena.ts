// Where one side is measured: a host namespace of its own, and containers that come and go.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import type { Container, Side } from './side.ts';
import type { Call, Measurement, Timer } from './timer.ts';

/** What is done with a container. */
export type Verb = 'add' | 'check' | 'del';

/** What was done with a set of containers, in their order; nothing where it was not. */
export type Visit = Readonly<Record<Verb, readonly Measurement[]>>;

/** A container that stays. */
export interface Resident {
  readonly netns: string;
  readonly address: string;
  readonly ports: readonly number[];
}

const FIRST_PORT = 20_000;
const BATCH = 20;

/** The containers that a daemon has had before it is measured: it is there for weeks, and compiles what it does often. */
const WARM_UP = 500;

function addressIn(result: string): string {
  const { ips = [] } = JSON.parse(result) as { ips?: { address: string }[] };
  return ips[0]?.address.split('/')[0] ?? '';
}

/** A side in its own host namespace, with one container there from the start. */
export class Arena {
  readonly side: Side;
  readonly daemon: Daemon | undefined;
  readonly #timer: Timer;
  readonly #folder: string;
  readonly #netns: string;
  #made = 0;
  /** How many were published so far. */
  #ports = 0;

  /** `folder` must not exist; it is made, for the namespaces. */
  constructor(side: Side, timer: Timer, folder: string) {
    this.side = side;
    this.#timer = timer;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    // A mount of its own, with which all goes that is mounted in it.
    execFileSync('mount', ['-t', 'tmpfs', 'tsnet-bench', folder]);
    this.#netns = this.#namespace('host');
    execFileSync('nsenter', [`--net=${this.#netns}`, 'ip', 'link', 'set', 'lo', 'up']);
    if (side.daemon !== undefined) this.daemon = Daemon.start(this.#netns, side.daemon);
    this.#addAll([this.#container(1)]);
    if (this.daemon !== undefined) for (let call = 0; call < WARM_UP; call++) this.visit(1, 1, true);
  }

  /** The host namespace. */
  get netns(): string {
    return this.#netns;
  }

  /** Measures a call that has nothing to do with a container. */
  call(call: Call): Measurement {
    const [measurement] = this.#run([[call]]);
    if (measurement === undefined) throw new Error('the timer measured nothing');
    return measurement;
  }

  /**
   * Adds `count` containers at the same time, each with `ports` published ports, then checks them, where that is asked
   * for and the side can, and deletes them, the same way.
   */
  visit(count: number, ports: number, isChecked = false): Visit {
    const containers = Array.from({ length: count }, () => this.#container(ports));
    const add = this.#addAll(containers);
    const resultOf = (at: number): string => add[at]?.output ?? '';
    const checks = isChecked
      ? containers.map((container, at) => this.side.check?.(container, resultOf(at)) ?? [])
      : [];
    const check = this.#runIfAny(checks);
    const del = this.#run(containers.map((container, at) => this.side.del(container, resultOf(at))));
    this.#runIfAny(containers.map((container, at) => this.side.after?.(container, resultOf(at)) ?? []));
    for (const container of containers) this.#forget(container);
    return { add, check, del };
  }

  /** Adds `count` containers that stay, a few at the same time, and tells about them. */
  settle(count: number, ports: number): Resident[] {
    const residents: Resident[] = [];
    while (residents.length < count) {
      const containers = Array.from({ length: Math.min(BATCH, count - residents.length) }, () =>
        this.#container(ports),
      );
      const added = this.#addAll(containers);
      for (const [at, { netns, ports }] of containers.entries())
        residents.push({ netns, ports, address: addressIn(added[at]?.output ?? '') });
    }
    return residents;
  }

  /** A neighbour of the host, which reaches it at the address that is returned. */
  neighbour(): { netns: string; host: string } {
    const netns = this.#namespace('neighbour');
    const inside = (...words: string[]): void =>
      void execFileSync('nsenter', [`--net=${netns}`, 'ip', ...words]);
    inside('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'outside0', 'netns', this.#netns);
    inside('address', 'add', '192.0.2.2/24', 'dev', 'eth0');
    inside('link', 'set', 'eth0', 'up');
    this.run(['ip', 'address', 'add', '192.0.2.1/24', 'dev', 'outside0']);
    this.run(['ip', 'link', 'set', 'outside0', 'up']);
    return { netns, host: '192.0.2.1' };
  }

  /** Adds and deletes one container `count` times, in one namespace. Returns what that took. */
  churn(count: number): Measurement {
    const container = this.#container(1);
    const one = [...this.side.add(container, ''), ...this.side.del(container, '{}')];
    const [measurement] = this.#run([Array.from({ length: count }, () => one).flat()]);
    this.#forget(container);
    if (measurement === undefined) throw new Error('the timer measured nothing');
    return measurement;
  }

  /** Has somebody else do his work with a namespace that is made and given up as those of containers are. */
  lend<T>(work: (netns: string) => T): T {
    const container = this.#container(0);
    const outcome = work(container.netns);
    this.#forget(container);
    return outcome;
  }

  /** Ends what runs for the side, and gives up its namespaces. */
  end(): void {
    this.daemon?.end();
    execFileSync('umount', ['--lazy', this.#folder]);
  }

  /** Counts the execve calls of one ADD, one CHECK where the side has it, and one DEL; undefined without strace. */
  execs(): Record<Verb, number | undefined> {
    const container = this.#container(1);
    const trace = (calls: Call[]) => this.#timer.trace(this.#netns, calls, '/run');
    const add = trace(this.side.add(container, ''));
    const calls = this.side.check?.(container, add.output);
    const check = calls && trace(calls);
    const del = trace(this.side.del(container, add.output));
    this.#forget(container);
    return { add: add.execs, check: check?.execs, del: del.execs };
  }

  /** Runs a program in the host namespace and gives what it printed. Throws when it fails. */
  run(argv: readonly string[], input = ''): string {
    return execFileSync('nsenter', [`--net=${this.#netns}`, ...argv], { input, encoding: 'utf8' });
  }

  #addAll(containers: readonly Container[]): Measurement[] {
    const results = this.#runIfAny(containers.map((container) => this.side.before?.(container) ?? []));
    return this.#runIfAny(
      containers.map((container, at) => this.side.add(container, results[at]?.output ?? '')),
    );
  }

  // A side that has nothing to do there has empty chains.
  #runIfAny(chains: readonly Call[][]): Measurement[] {
    return chains.every((chain) => chain.length === 0) ? [] : this.#run(chains);
  }

  #run(chains: readonly Call[][]): Measurement[] {
    return this.#timer.run(this.#netns, chains);
  }

  #container(ports: number): Container {
    const id = `container-${++this.#made}`;
    // A block of its own for everyone: whoever is late with deleting must not stand in the way of the next, and the first,
    // which stays, in nobody's.
    const first = this.#made === 1 ? FIRST_PORT - 1 : FIRST_PORT + (this.#ports % 40_000);
    if (this.#made > 1) this.#ports += ports;
    return { id, netns: this.#namespace(id), ports: Array.from({ length: ports }, (_, at) => first + at) };
  }

  #namespace(name: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, '', { flag: 'wx' });
    execFileSync('unshare', [`--net=${path}`, 'true']);
    return path;
  }

  #forget({ netns }: Container): void {
    // As a runtime does it: whoever has just answered may still have it open.
    execFileSync('umount', ['--lazy', netns]);
    rmSync(netns);
  }
}
