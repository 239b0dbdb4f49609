// ADD, killed at moments all over the time that it takes here and now.
import type { Cni, Config } from './cni.ts';

const TIMES = 15;

/** The part of an ADD in which the executable only starts, and the part more that the last one is given. */
const STARTING = 0.25;
const BEYOND = 0.25;

/**
 * Begins ADDs one after the other and kills each a little later than the one before, the first when it has hardly begun,
 * the last when it should be through. After each, `undo` is to take away what there is.
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
    const part = STARTING + ((1 - STARTING + BEYOND) * moment) / TIMES;
    const timer = setTimeout(() => child.kill('SIGKILL'), whole * part);
    await outcome;
    clearTimeout(timer);
    undo(moment);
  }
}
