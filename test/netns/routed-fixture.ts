// Tests of a host with a network beyond it that routes the containers' subnets to the host, and with the command line.
import { Cli } from './cli.ts';
import { bridgeConfig, test as base } from './fixture.ts';
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

/** The networks 1, 2, 3: bridges cni1 and so on, subnets 10.1.0.0/24 and fd00:1::/64 and so on. */
export function network(
  number: number,
  keys: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const ranges = [[{ subnet: `10.${number}.0.0/24` }], [{ subnet: `fd00:${number}::/64` }]];
  const ipam = { type: 'host-local', ranges };
  return bridgeConfig({ name: `net${number}`, bridge: `cni${number}`, ipam, ...keys });
}
