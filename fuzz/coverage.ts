// Which blocks of our sources have run, as V8 counts them (Profiler.takePreciseCoverage of the inspector's protocol).
import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';
import { pathToFileURL } from 'node:url';
import { root } from '../tools/paths.ts';

const OURS = pathToFileURL(`${root}/`).href;
/** What is not looked at: packages, and the loop itself. */
const ELSEWHERE = /^(node_modules\/|fuzz\/[^/]+$)/;

/** The blocks of the product that have run since it was made. */
export class Coverage {
  readonly #session = new Session();
  /** For each function, for each character of it, whether the block it is in has run. */
  readonly #functions = new Map<string, Uint8Array>();
  #characters = 0;

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** How many characters of our sources have run. */
  get size(): number {
    return this.#characters;
  }

  /** Forgets what has run since the last look. */
  skip(): void {
    this.#take();
  }

  /** Tells whether anything has run since the last look that had not before, and remembers it if `isKept`. */
  look(isKept: boolean): boolean {
    let isNew = false;
    for (const [key, ranges] of this.#take()) {
      const [whole] = ranges;
      if (whole === undefined || whole.count === 0) continue;
      const ran = this.#functions.get(key) ?? new Uint8Array(whole.endOffset - whole.startOffset);
      const fresh = freshIn(ran, ranges);
      if (fresh.length === 0) continue;
      isNew = true;
      if (!isKept) continue;
      this.#functions.set(key, ran);
      this.#characters += fresh.length;
      for (const at of fresh) ran[at] = 1;
    }
    return isNew;
  }

  close(): void {
    this.#session.disconnect();
  }

  #take(): [string, Profiler.CoverageRange[]][] {
    let taken: Profiler.ScriptCoverage[] = [];
    // A session with its own thread answers before it returns.
    this.#session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
      taken = result;
    });
    return taken
      .filter(({ url }) => url.startsWith(OURS) && !ELSEWHERE.test(url.slice(OURS.length)))
      .flatMap(({ scriptId, functions }) =>
        functions.map(({ ranges }): [string, Profiler.CoverageRange[]] => [
          `${scriptId}:${ranges[0]?.startOffset ?? 0}`,
          ranges,
        ]),
      );
  }
}

// Blocks inside blocks come behind them, and say what is different there.
function freshIn(ran: Uint8Array, ranges: readonly Profiler.CoverageRange[]): number[] {
  const from = ranges[0]?.startOffset ?? 0;
  const now = new Uint8Array(ran.length);
  for (const { startOffset, endOffset, count } of ranges)
    now.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
  const fresh: number[] = [];
  for (let at = 0; at < now.length; at++) if (now[at] === 1 && ran[at] === 0) fresh.push(at);
  return fresh;
}
