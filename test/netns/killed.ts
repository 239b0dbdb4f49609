// ADD, killed at moments all over the time that it takes here and now.
import type { Cni, Config } from './cni.ts';

const TIMES = 25;

/**
 * Begins ADDs one after the other and kills each a little later than the one before, the first at once, the last when it
 * should be through. After each, `undo` is to take away what there is.
 */
export async function killEachAdd(
  cni: Cni,
  container: string,
  config: Config,
  undo: (moment: number) => void,
): Promise<void> {
  const began = performance.now();
  await cni.start('ADD', container, config).outcome;
  const whole = performance.now() - began;
  undo(0);
  for (let moment = 1; moment <= TIMES; moment++) {
    const { child, outcome } = cni.start('ADD', container, config);
    const timer = setTimeout(() => child.kill('SIGKILL'), (1.5 * whole * moment) / TIMES);
    await outcome;
    clearTimeout(timer);
    undo(moment);
  }
}
