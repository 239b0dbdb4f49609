// Limits of networks and of single sandboxes of the command line.
import { expect } from 'vitest';
import { test } from './cli-fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { linksOf, qdiscsOf } from './look.ts';

const limits = ['-o', 'tsnet.bandwidth.ingress=8M', '-o', 'tsnet.bandwidth.egress=16M'];

/** The rates of the host's end and of the detour, in bits per second. */
function rates(lab: Lab): Record<string, number> {
  const kinds = new Map(
    linksOf(lab, HOST).map(({ ifname, linkinfo }) => [ifname, linkinfo?.info_kind ?? '']),
  );
  const shaped = qdiscsOf(lab).filter(({ kind }) => kind === 'tbf');
  return Object.fromEntries(
    shaped.map(({ dev, options }) => [kinds.get(dev) ?? dev, 8 * (options.rate ?? 0)]),
  );
}

test("a network's limits are each sandbox's, who may have others, and go with it", async ({ lab, cli }) => {
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', ...limits, 'n1');
  const { pid } = await cli.start('one', '--network', 'n1', '--', 'sleep', '60');
  expect(pid).toBeGreaterThan(0);
  expect(rates(lab)).toEqual({ veth: 8e6, ifb: 16e6 });
  const [network] = cli.json('network', 'inspect', 'n1') as [
    { Containers: Record<string, { Name: string }> },
  ];
  expect(Object.values(network.Containers)).toMatchObject([{ Name: 'one' }]);
  expect(cli.attempt('network', 'rm', 'n1').stderr).toMatch(/has active endpoints \(one\): end them first/);
  await cli.endAll();
  expect(qdiscsOf(lab)).toEqual([]);
  await cli.start('two', '--network', 'n1', '--bandwidth-in', '1G', '--', 'sleep', '60');
  expect(rates(lab)).toEqual({ veth: 1e9, ifb: 16e6 });
  await cli.endAll();
  cli.tsnet('network', 'rm', 'n1');
});

test('what is led through a detour is held against its sources, too', async ({ lab, cli }) => {
  await cli.start('one', '--bandwidth-out', '100M', '--', 'sleep', '60');
  const [{ NetworkSettings }] = cli.json('inspect', 'one') as [
    { NetworkSettings: { SandboxKey: string; Networks: { bridge: { Gateway: string } } } },
  ];
  const { SandboxKey, Networks } = NetworkSettings;
  const gateway = Networks.bridge.Gateway;
  const forged = gateway.replace(/\d+$/, '200');
  const inside = ['nsenter', `--net=${SandboxKey}`];
  lab.exec(HOST, [...inside, 'ip', 'address', 'add', `${forged}/24`, 'dev', 'eth0']);
  const ping = (...words: string[]): number | null =>
    lab.attempt(HOST, [...inside, 'ping', '-n', '-c', '1', '-W', '1', ...words, gateway]).status;
  expect(ping()).toBe(0);
  expect(ping('-I', forged)).toBe(1);
});

test.for<[string, string[], RegExp]>([
  [
    'no rate',
    ['run', '--bandwidth-in', 'fast', '--', 'true'],
    /--bandwidth-in "fast": must be bits per second/,
  ],
  [
    'no network',
    ['run', '--network', 'none', '--bandwidth-out', '1M', '--', 'true'],
    /bandwidth and the none network mode/,
  ],
  [
    'no rate as option',
    ['network', 'create', '-o', 'tsnet.bandwidth.egress=0', 'n1'],
    /option tsnet\.bandwidth\.egress "0": must be bits per second/,
  ],
])('%s', ([, words, says], { cli }) => {
  const { status, stderr } = cli.attempt(...words);
  expect(stderr).toMatch(says);
  expect(status).not.toBe(0);
});
