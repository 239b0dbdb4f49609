// Every target for a moment, always the same way; `npm run fuzz` goes on for as long as one likes.
import { describe, expect, it } from 'vitest';
import { readSeeds } from './seeds.ts';
import { loadTarget, targetNames } from './targets.ts';
import { watch } from './watch.ts';

const SEED = 1;
const RUNS = 600;

/** How many inputs there are to begin with. */
async function seedsOf(target: string): Promise<number> {
  return (await loadTarget(target)).seeds().length + readSeeds(target).length;
}

describe('no input breaks a law', () => {
  for (const target of targetNames) {
    it(target, async () => {
      const { finding, runs, corpus } = await watch({ target, seed: SEED, milliseconds: 20_000, runs: RUNS });
      const input = Buffer.from(finding?.input ?? []).toString('latin1');
      expect(finding?.error, `input ${JSON.stringify(input)}`).toBeUndefined();
      const seeds = await seedsOf(target);
      expect(runs).toBeGreaterThan(2 * seeds);
      expect(corpus.length).toBeGreaterThan(seeds);
    });
  }
});

describe('what breaks a law is found', () => {
  const order = { seed: SEED, milliseconds: 25_000, runs: 0 };

  it('behind branches that only coverage leads through, as the shortest input', async () => {
    const { finding } = await watch({ ...order, target: 'test-branches' });
    expect(Buffer.from(finding?.input ?? []).toString()).toBe('netl');
    expect(finding?.error).toContain('BrokenLaw: the defect behind the branches');
  });

  it('when it does not come back', async () => {
    const { finding } = await watch({ ...order, target: 'test-endless' }, 500);
    expect(Buffer.from(finding?.input ?? []).toString()).toBe('a');
    expect(finding?.error).toBe('it did not come back within 500 ms');
  });

  it('when it takes all memory', async () => {
    const { finding } = await watch({ ...order, target: 'test-greedy' });
    expect(Buffer.from(finding?.input ?? []).toString()).toBe('a');
    expect(finding?.error).toContain('reaching memory limit');
  });

  it('and a target that is none is told', async () => {
    await expect(loadTarget('nothing')).rejects.toThrow('no target "nothing": there are netlink, kernel');
  });
});
