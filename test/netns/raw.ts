// Raw frames in a lab: sends them, and tells which arrive.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab } from './lab.ts';

/** Why raw frames cannot be had here; undefined when they can. */
export function whyNoFrames(): string | undefined {
  return spawnSync('g++', ['--version']).status === 0 ? undefined : 'g++ is missing';
}

/** The compiled tool; it is gone when it is disposed of. */
export class RawFrames {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsnet-raw-'));
  readonly #program = join(this.#folder, 'raw-frames');

  /** Compiles it. Throws when g++ fails. */
  constructor() {
    const source = join(import.meta.dirname, 'raw-frames.cc');
    execFileSync('g++', ['-std=c++17', '-Wall', '-Wextra', source, '-o', this.#program], {
      stdio: 'inherit',
    });
  }

  /** Sends frames by an interface of a place in the lab. */
  send(lab: Lab, where: string, frames: readonly string[], ifname = 'eth0'): void {
    const { status, stderr } = lab.attempt(
      where,
      [this.#program, 'send', ifname],
      {},
      `${frames.join('\n')}\n`,
    );
    if (status !== 0) throw new Error(`frames from ${where}: ${stderr}`);
  }

  /** Does `work`, and gives the frames that came in at `eth0` of a place up to one that holds the bytes `last`. */
  async taken(lab: Lab, where: string, last: string, work: () => void): Promise<string[]> {
    const [file, args] = lab.inside(where, [this.#program, 'take', 'eth0', last]);
    const taker = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const frames: string[] = [];
    for await (const line of createInterface({ input: taker.stdout })) {
      if (line === 'ready') work();
      else frames.push(line);
    }
    return frames;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
