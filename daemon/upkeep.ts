// Between calls: puts right what others have undone, and collects what nobody will ask to be deleted.
import { performance } from 'node:perf_hooks';
import { Host } from '../cnm/host.ts';
import { Abandoned } from '../cnm/upkeep/abandoned.ts';
import type { Damage } from '../cnm/upkeep/damage.ts';
import { findDamage, isUnderWay } from '../cnm/upkeep/find.ts';
import { everyPlace, Signs } from '../cnm/upkeep/signs.ts';
import type { Place } from '../cnm/upkeep/signs.ts';
import { log } from '../log/log.ts';
import { releaseCode, watchOnce } from '../native/index.ts';
import { Budget } from './budget.ts';
import type { Metrics } from './metrics.ts';

/** How long after the first sign it is looked: many come together, and a call that is under way is done by then. */
const GATHER_MS = 100;

/** How often it is looked again when a call is under way, before what is seen is taken for damage. */
const DOUBTS = 5;

/** After a failure it is looked again, even without a sign. */
const RETRY_MS = 1_000;

const COLLECT_SECONDS = 30;

/** What upkeep has of the outside. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Tells a person one line. */
  readonly tell: (line: string) => void;
  readonly metrics: Metrics;
}

export class Upkeep {
  readonly #surroundings: Surroundings;
  readonly #signs = new Signs();
  readonly #budget = new Budget();
  readonly #abandoned: Abandoned;
  readonly #pauseMs: number;
  readonly #suspected = new Set<Place>(everyPlace);
  #doubts = 0;
  #looking: NodeJS.Timeout | undefined;
  #due = 0;
  #collecting: NodeJS.Timeout | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#pauseMs = 1000 * (Number(surroundings.env['TSNET_COLLECT_SECONDS']) || COLLECT_SECONDS);
    this.#abandoned = new Abandoned(this.#pauseMs);
  }

  /** Begins, once the watch has begun, with a look at everything: nobody has watched until now. */
  start(): void {
    for (const fd of this.#signs.fds) watchOnce(fd, 'readable');
    this.#lookIn(0);
    // A timer is never early but by less than a millisecond, which counts as the whole time.
    this.#collecting = setInterval(() => this.#collect(), this.#pauseMs + 1);
    releaseCode();
  }

  /** Something has come by `fd`, if that is of concern here. It is read with all that comes together with it, and nobody is woken up meanwhile. */
  notice(fd: number): void {
    if (this.#signs.fds.includes(fd)) this.#lookIn(GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.#looking);
    clearInterval(this.#collecting);
    this.#signs.close();
  }

  #lookIn(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#looking !== undefined && this.#due <= due) return;
    clearTimeout(this.#looking);
    this.#due = due;
    this.#looking = setTimeout(() => {
      this.#looking = undefined;
      this.#look();
    }, milliseconds);
  }

  #look(): void {
    const { env, tell, metrics } = this.#surroundings;
    try {
      Host.with(env, (host) => {
        this.#hear(host);
        this.#mendAll(host);
      });
    } catch (error) {
      metrics.count('errors', { of: 'upkeep' });
      if (this.#budget.isFirst('upkeep', performance.now()))
        tell(`looking after the host failed: ${textOf(error)}`);
      this.#lookIn(RETRY_MS);
    }
  }

  #hear(host: Host): void {
    const { places, isAnyBridgeChanged } = this.#signs.read(host.netfilter.port);
    for (const place of places) this.#suspected.add(place);
    if (this.#suspected.size > 0 || isAnyBridgeChanged) host.certain.forget();
    for (const fd of this.#signs.fds) watchOnce(fd, 'readable');
  }

  #mendAll(host: Host): void {
    if (this.#suspected.size === 0) return;
    const found = findDamage(host, this.#suspected);
    if (found.length > 0 && this.#doubts < DOUBTS && isUnderWay(host)) {
      this.#doubts++;
      this.#lookIn(GATHER_MS);
      return;
    }
    this.#doubts = 0;
    this.#suspected.clear();
    for (const damage of found) this.#mend(damage);
  }

  #mend(damage: Damage): void {
    const { subject, problems } = damage;
    const { tell, metrics } = this.#surroundings;
    const left = this.#budget.take(subject, performance.now());
    if (left > 0) {
      this.#lookAgain(left);
      if (this.#budget.isFirst(subject, performance.now()))
        tell(`${subject}: damaged again and again, by whom is not known: left alone for a while`);
      return;
    }
    try {
      damage.mend();
      metrics.count('mendings', { of: subject.split(' ')[0] ?? '' });
      log('info', 'mended', () => ({ subject, problems }));
    } catch (error) {
      metrics.count('errors', { of: 'mending' });
      tell(`${subject}: ${problems.join('; ')}: cannot be mended: ${textOf(error)}`);
      this.#lookAgain(RETRY_MS);
    }
  }

  #lookAgain(milliseconds: number): void {
    for (const place of everyPlace) this.#suspected.add(place);
    this.#lookIn(milliseconds);
  }

  #collect(): void {
    const { env, tell, metrics } = this.#surroundings;
    try {
      const names = Host.with(env, (host) => this.#abandoned.collect(host, performance.now()));
      for (const endpoint of names) {
        metrics.count('collected', {});
        log('info', 'collected: its sandbox is gone', () => ({ endpoint }));
      }
    } catch (error) {
      metrics.count('errors', { of: 'collecting' });
      if (this.#budget.isFirst('collect', performance.now())) tell(`collecting failed: ${textOf(error)}`);
    }
    // Most of it was needed once, for the start or for what is rare.
    releaseCode();
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
