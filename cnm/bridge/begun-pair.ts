// A pair that the kernel makes while its endpoint is still being recorded. Whoever dies meanwhile leaves a link whose name
// tells whose it is, and which ends with its sandbox.
import { isKernelError, KernelError } from '../../netlink/kernel-error.ts';
import { takeLock } from '../../state/lock.ts';
import type { Lock } from '../../state/lock.ts';
import type { Host } from '../host.ts';
import { beginPair } from '../interface/veth.ts';
import type { MadePair, Pair, PairUnderWay } from '../interface/veth.ts';

/** A pair under way. */
export class BegunPair {
  readonly #host: Host;
  readonly #ifname: string;
  #lock: Lock | undefined;
  #underWay: PairUnderWay | undefined;

  constructor(host: Host, pair: Pair) {
    this.#host = host;
    this.#ifname = pair.hostLink;
    this.#lock = takeLock(host.bridgeLock, 'shared');
    try {
      this.#underWay = beginPair(host, pair);
    } catch (error) {
      // Nobody else would ever give it back.
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  /** The lock under which nobody takes the bridge away, for whoever goes on with the pair. */
  get lock(): Lock | undefined {
    return this.#lock;
  }

  /**
   * Waits for the pair, and calls `whenThere` as `PairUnderWay` does. Nothing when the kernel refused any of it, or nothing is under
   * way any more.
   */
  finish(whenThere?: (insideIndex: number | undefined) => void): MadePair | undefined {
    try {
      return this.#take()?.finish(whenThere);
    } catch (error) {
      if (error instanceof KernelError) return undefined;
      throw error;
    }
  }

  /** Takes away what is there of the pair, unless it was finished. */
  takeBack(): void {
    const underWay = this.#take();
    if (underWay === undefined) return;
    using _lock = this.#lock;
    this.#lock = undefined;
    try {
      underWay.finish();
    } catch (error) {
      // It was there before, and is another's.
      if (isKernelError(error, 'EEXIST')) return;
    }
    this.#host.removeLink({ ifname: this.#ifname });
  }

  #take(): PairUnderWay | undefined {
    const underWay = this.#underWay;
    this.#underWay = undefined;
    return underWay;
  }
}
