// A test with the command line in its lab.
import { Cli } from './cli.ts';
import { test as base } from './fixture.ts';

/** `cli` is `tsnet` as a person would call it; what it started ends with the test. */
export const test = base.extend<{ cli: Cli }>({
  cli: async ({ lab }, use) => {
    const cli = new Cli(lab);
    await use(cli);
    await cli.endAll();
  },
});
