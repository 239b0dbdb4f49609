// Tests of a host with a network beyond it that routes the containers' subnets to the host, and with the command line.
import { Cli } from './cli.ts';
import { test as base } from './fixture.ts';
import { OUTSIDE } from './lab.ts';

/** With the command line `cli`, and with OUTSIDE, which sends all for 10.0.0.0/8 and fd00::/8 to the host. */
export const test = base.extend<{ cli: Cli }>({
  cli: [
    async ({ lab }, use) => {
      lab.addOutside();
      lab.shell(
        OUTSIDE.name,
        `ip route add 10.0.0.0/8 via ${OUTSIDE[4].host}; ip -6 route add fd00::/8 via ${OUTSIDE[6].host}`,
      );
      const cli = new Cli(lab);
      await use(cli);
      await cli.endAll();
    },
    { auto: true },
  ],
});
