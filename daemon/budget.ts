// How often one and the same thing is done before it is left alone: whoever undoes it each time is not fought.

const PERIOD_MS = 60_000;
const TIMES = 6;

/** Counts what is done, by subject, within the last minute. */
export class Budget {
  readonly #done = new Map<string, number[]>();
  readonly #told = new Map<string, number>();

  /** Notes that something is done at `now`, in ms, and gives 0; or how long to wait first, when it was done too often. */
  take(subject: string, now: number): number {
    const recent = (this.#done.get(subject) ?? []).filter((time) => now - time < PERIOD_MS);
    const [oldest = now] = recent;
    const isAllowed = recent.length < TIMES;
    if (isAllowed) recent.push(now);
    this.#done.set(subject, recent);
    return isAllowed ? 0 : PERIOD_MS - (now - oldest);
  }

  /** Tells whether this is worth telling: once in a period. */
  isFirst(subject: string, now: number): boolean {
    const told = this.#told.get(subject);
    if (told !== undefined && now - told < PERIOD_MS) return false;
    this.#told.set(subject, now);
    return true;
  }
}
