// The face of traffic.cc: compiles it, lets containers serve, and measures from elsewhere.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a container does for whoever connects. */
export type Service = 'greet' | 'drain';

const MEASURED_MS = 1000;

export class Traffic {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles it into `folder`. Throws when g++ fails. */
  static compile(folder: string): Traffic {
    const program = join(folder, 'traffic');
    const source = join(import.meta.dirname, 'traffic.cc');
    execFileSync('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', source, '-o', program], {
      stdio: 'inherit',
    });
    return new Traffic(program);
  }

  /** Serves in the namespace at `netns`, until this process ends. */
  serve(netns: string, service: Service, port: number): void {
    const prefix = [`--net=${netns}`, 'setpriv', '--pdeathsig', 'KILL'];
    spawn('nsenter', [...prefix, this.#program, service, String(port)], { stdio: 'ignore' }).unref();
  }

  /** New connections per second from `netns` to who greets. */
  connections(netns: string, address: string, port: number): number {
    return this.#measure(netns, 'connect', address, port);
  }

  /** Bytes per second from `netns` to who drains. */
  bytes(netns: string, address: string, port: number): number {
    return this.#measure(netns, 'pour', address, port);
  }

  #measure(netns: string, verb: string, address: string, port: number): number {
    const call = [this.#program, verb, address, String(port), String(MEASURED_MS)];
    return Number(execFileSync('nsenter', [`--net=${netns}`, ...call], { encoding: 'utf8' }));
  }
}
