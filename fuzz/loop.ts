// The loop: an input that reaches blocks which none before has reached is kept, and others are made from it.
import fc from 'fast-check';
import { Coverage } from './coverage.ts';
import { mutate, shorten } from './mutate.ts';
import { mutateJson } from './mutate-json.ts';
import { Random } from './random.ts';
import { BrokenLaw } from './target.ts';
import type { Target } from './target.ts';

/** Looking at the coverage costs as much as some runs. */
const BATCH = 24;

/** More than any run may leave behind, in bytes, beside the 512 MiB that objects may take. */
const MAX_BUFFERS = 256 * 1024 * 1024;

/** An input that broke a law, as short as it can be, and what was said. */
export interface Finding {
  readonly input: Uint8Array;
  readonly error: string;
}

/** What came of a run. */
export interface Report {
  readonly runs: number;
  /** Characters of our sources that have run. */
  readonly covered: number;
  /** The inputs that reached something new, seeds included. */
  readonly corpus: readonly Uint8Array[];
  readonly finding?: Finding | undefined;
}

/** How long to go on, and how to begin. */
export interface Options {
  readonly seed: number;
  readonly kept: readonly Uint8Array[];
  /** Asked between runs. */
  readonly isOver: (runs: number) => boolean;
  /** Told of every input before it is run. */
  readonly announce: (input: Uint8Array) => void;
}

class Fuzzer {
  readonly #target: Target;
  readonly #options: Options;
  readonly #random: Random;
  readonly #coverage = new Coverage();
  readonly #corpus: Uint8Array[] = [];
  #made: Uint8Array[] = [];
  #runs = 0;

  constructor(target: Target, options: Options) {
    this.#target = target;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async go(): Promise<Report> {
    try {
      const finding = (await this.#batch(this.#first(), true)) ?? (await this.#search());
      return { runs: this.#runs, covered: this.#coverage.size, corpus: this.#corpus, finding };
    } finally {
      this.#coverage.close();
    }
  }

  #first(): Uint8Array[] {
    return [new Uint8Array(), ...this.#target.seeds(), ...this.#options.kept];
  }

  async #search(): Promise<Finding | undefined> {
    while (!this.#options.isOver(this.#runs)) {
      const inputs = Array.from({ length: BATCH }, () => this.#next());
      const finding = await this.#batch(inputs, false);
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  #next(): Uint8Array {
    const { arbitrary, words = [] } = this.#target;
    if (arbitrary !== undefined && this.#random.below(4) === 0) return this.#fromScratch(arbitrary);
    // What was found last is where there is most to find.
    const base = this.#random.of(this.#random.below(2) === 0 ? this.#corpus.slice(-32) : this.#corpus);
    const other = this.#random.of(this.#corpus);
    const isJson = words.length > 0 && this.#random.below(4) > 0;
    const json = isJson ? mutateJson(base, other, words, this.#random) : undefined;
    return json ?? mutate(base, other, words, this.#random);
  }

  #fromScratch(arbitrary: fc.Arbitrary<Uint8Array>): Uint8Array {
    if (this.#made.length === 0)
      this.#made = fc.sample(arbitrary, { numRuns: 64, seed: this.#random.below(2 ** 31) });
    return this.#made.pop() ?? new Uint8Array();
  }

  async #batch(inputs: readonly Uint8Array[], areSeeds: boolean): Promise<Finding | undefined> {
    this.#coverage.skip();
    for (const input of inputs) {
      const error = await this.#run(input);
      if (error !== undefined) return await this.#shortest(input, error);
    }
    if (process.memoryUsage().arrayBuffers > MAX_BUFFERS)
      return { input: inputs.at(-1) ?? new Uint8Array(), error: `more than ${MAX_BUFFERS} bytes are held` };
    if (!areSeeds && !this.#coverage.look(false)) return undefined;
    this.#coverage.skip();
    for (const input of inputs) {
      await this.#run(input);
      if (this.#coverage.look(true) || areSeeds) this.#corpus.push(input);
    }
    return undefined;
  }

  async #run(input: Uint8Array): Promise<string | undefined> {
    this.#options.announce(input);
    this.#runs++;
    try {
      await this.#target.run(new Uint8Array(input));
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  async #shortest(input: Uint8Array, error: string): Promise<Finding> {
    const kind = kindOf(error);
    const shortest = await shorten(input, async (shorter) => {
      const said = await this.#run(shorter);
      return said !== undefined && kindOf(said) === kind;
    });
    return { input: shortest, error: (await this.#run(shortest)) ?? error };
  }
}

/** What tells one defect from another: the class of the error and the place that it was thrown at. */
function kindOf(error: string): string {
  const [said = '', at = ''] = error.split(/\n\s+at /);
  return said.startsWith(BrokenLaw.name) ? said : `${said.split(':')[0] ?? ''} ${at}`;
}

/** Fuzzes a target until an input breaks a law, or it is over. */
export function fuzz(target: Target, options: Options): Promise<Report> {
  return new Fuzzer(target, options).go();
}
