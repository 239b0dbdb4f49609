// `tsnet network edit`: what becomes of the sandboxes that are on a network, with real packets.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Cli } from './cli.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { addressesOf, elementsOf, linkOf, tablesOf } from './look.ts';
import { startNamed } from './named-sandboxes.ts';
import { isSilent, ping, reach } from './reach.ts';
import { test } from './routed-fixture.ts';

const ICC = 'com.docker.network.bridge.enable_icc';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
const HOST4 = 'com.docker.network.host_ipv4';
const MTU = 'com.docker.network.driver.mtu';
const SUBNETS = ['--subnet', '10.9.0.0/29', '--subnet', 'fd09::/64'];

function edit(cli: Cli, ...words: string[]): void {
  expect(cli.tsnet('network', 'edit', 'n1', ...words)).toBe('n1\n');
}

interface NetworkJson {
  readonly Options: Record<string, string>;
  readonly Labels: Record<string, string>;
  readonly IPAM: { readonly Config: readonly { Subnet: string; AuxiliaryAddresses?: object }[] };
}

function inspect(cli: Cli): NetworkJson {
  const [network] = cli.json('network', 'inspect', 'n1') as NetworkJson[];
  if (network === undefined) throw new Error('no network n1');
  return network;
}

test('rules follow at once, and sandboxes go on', async ({ lab, cli }) => {
  const outside = { address: OUTSIDE[4].outside, port: 80 };
  const [a, outside6] = [
    { address: '10.9.0.2', port: 80 },
    { address: OUTSIDE[6].outside, port: 80 },
  ];
  cli.tsnet('network', 'create', ...SUBNETS, 'n1');
  for (const name of ['a', 'b']) await startNamed(lab, cli, name, '--network', 'n1');
  for (const name of ['a', OUTSIDE.name]) await lab.serve(name, 80);
  lab.exec(HOST, ['ip', 'address', 'add', '192.0.2.77/24', 'dev', 'up0']);
  expect(reach(lab, 'b', outside)).toBe(`outside ${OUTSIDE[4].host}`);
  expect(reach(lab, 'b', a)).toBe('a 10.9.0.3');

  edit(cli, '-o', `${HOST4}=192.0.2.77`, '-o', `${ICC}=false`);
  expect(reach(lab, 'b', outside)).toBe('outside 192.0.2.77');
  expect(reach(lab, 'b', outside6)).toBe(`outside ${OUTSIDE[6].host}`);
  expect(isSilent(lab, 'b', a)).toBe(true);

  edit(cli, '--opt-rm', HOST4, '--opt-rm', ICC, '-o', `${MASQUERADE}=false`, '-o', 'tsnet.anti_spoof=false');
  expect(reach(lab, 'b', outside)).toBe('outside 10.9.0.3');
  expect(reach(lab, OUTSIDE.name, a)).toBe(`a ${OUTSIDE[4].outside}`);
  expect(reach(lab, 'b', a)).toBe('a 10.9.0.3');
  expect(lab.exec(HOST, ['nft', 'list', 'tables'])).not.toContain('bridge tsnet');

  edit(cli, '--egress', 'none', '--opt-rm', MASQUERADE, '--opt-rm', 'tsnet.anti_spoof');
  expect(isSilent(lab, 'b', outside)).toBe(true);
  expect(isSilent(lab, OUTSIDE.name, a)).toBe(true);
  expect(reach(lab, 'b', a)).toBe('a 10.9.0.3');
  expect(lab.exec(HOST, ['nft', 'list', 'tables'])).toContain('bridge tsnet');
  await cli.endAll();
  expect(tablesOf(lab)).not.toContain('tsnet');
});

test('a subnet for those who join from now on; labels; what says so', async ({ lab, cli }) => {
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/30', '--label', 'a=b', '--label', 'c', 'n1');
  await startNamed(lab, cli, 'a', '--network', 'n1');
  expect(cli.attempt('run', '--network', 'n1', '--', 'true').stderr).toContain('no IP addresses available');
  const words = ['--subnet', '10.8.0.0/24', '--subnet', 'fd08::/64', '--aux-address', 'printer=10.8.0.2'];
  const outcome = cli.attempt(
    'network',
    'edit',
    'n1',
    ...words,
    '--mtu',
    '1400',
    '--label-add',
    'a=d',
    '--label-rm',
    'c',
  );
  expect(outcome).toMatchObject({ status: 0, stdout: 'n1\n' });
  expect(outcome.stderr).toBe(`tsnet: ${MTU}: for those who join from now on\n`);
  await startNamed(lab, cli, 'b', '--network', 'n1');
  expect(addressesOf(lab, 'b', 'eth0')).toEqual(['10.8.0.3/24', 'fd08::2/64']);
  expect([linkOf(lab, 'a', 'eth0').mtu, linkOf(lab, 'b', 'eth0').mtu]).toEqual([1500, 1400]);
  for (const [from, to] of [
    ['a', '10.8.0.3'],
    ['b', '10.9.0.2'],
    ['b', OUTSIDE[6].outside],
  ] as const)
    expect([from, to, ping(lab, from, to)]).toEqual([from, to, true]);
  expect(inspect(cli)).toMatchObject({
    Labels: { a: 'd' },
    IPAM: {
      Config: [
        { Subnet: '10.8.0.0/24', AuxiliaryAddresses: { printer: '10.8.0.2' } },
        { Subnet: '10.9.0.0/30' },
        { Subnet: 'fd08::/64' },
      ],
    },
  });
});

test('bad input and failures: all is as before', async ({ lab, cli }) => {
  cli.tsnet('network', 'create', ...SUBNETS, '--aux-address', 'router=10.9.0.6', 'n1');
  cli.tsnet('network', 'create', '--subnet', '10.7.0.0/24', 'n2');
  cli.tsnet('network', 'filter', 'add', 'n1', 'n2', '--through', 'gate');
  await startNamed(lab, cli, 'a', '--network', 'n1');
  const before = [inspect(cli), elementsOf(lab)];
  const refused: [RegExp, ...string[]][] = [
    [
      /subnet 10\.7\.0\.0\/25 overlaps with a subnet of another/,
      '--subnet',
      '10.7.0.0/25',
      '--label-add',
      'a',
    ],
    [/overlaps with 10\.9\.0\.0\/29 of the same network/, '--subnet', '10.9.0.0/24'],
    [/x=10\.9\.0\.2: a sandbox on network n1 has that address/, '--aux-address', 'x=10.9.0.2'],
    [/x=10\.9\.0\.1: is the gateway's address/, '--aux-address', 'x=10.9.0.1'],
    [/router=10\.9\.0\.5: network n1 has a reserved/, '--aux-address', 'router=10.9.0.5'],
    [/--aux-rm x: network n1 has no reserved address/, '--aux-rm', 'x'],
    [/driver\.mtu "1000": must be 1280 at least/, '--mtu', '1000'],
    [/x=10\.6\.0\.2: is in no subnet of network n1/, '--aux-address', 'x=10.6.0.2'],
    [/bridge\.name of network n1: .* make another network/, '-o', 'com.docker.network.bridge.name=br9'],
    [/cannot change while sandboxes are on it/, '-o', 'com.docker.network.bridge.inhibit_ipv4=true'],
    [/did you mean "com\.docker\.network\.bridge\.enable_icc/, '-o', 'com.docker.network.bridge.enable_ic=1'],
    [/--opt-rm .*mtu: the network has none of that name/, '--opt-rm', MTU],
    [/--label-rm x: the network has none/, '--label-rm', 'x'],
    [/network n1: its members may not call each other/, '-o', `${ICC}=false`],
  ];
  for (const [message, ...words] of refused) {
    const outcome = cli.attempt('network', 'edit', 'n1', ...words);
    expect(outcome.stderr).toMatch(message);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
  }
  expect([inspect(cli), elementsOf(lab)]).toEqual(before);

  // A table with an owner is nobody else's to change: the kernel's part of the edit fails.
  const [file, args] = lab.inside(HOST, ['nft', '-i']);
  const owner = spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  owner.stdin.write('delete table inet tsnet; add table inet tsnet { flags owner; }\n');
  while (lab.attempt(HOST, ['nft', 'add', 'table', 'inet', 'tsnet']).status === 0) await sleep(20);
  expect(cli.attempt('network', 'edit', 'n1', '--egress', 'none', '--label-add', 'a')).toMatchObject({
    status: 1,
  });
  owner.stdin.end();
  await once(owner, 'exit');
  expect(inspect(cli)).toEqual(before[0]);
  edit(cli, '--aux-rm', 'router');
  expect(elementsOf(lab)).toEqual(before[1]);
  expect(inspect(cli).IPAM.Config[0]).not.toHaveProperty('AuxiliaryAddresses');
});

describe('a network that nobody is on', () => {
  test('may become one whose bridge has no address', async ({ lab, cli }) => {
    const mode = 'com.docker.network.bridge.gateway_mode_ipv4=isolated';
    cli.tsnet(
      'network',
      'create',
      '--internal',
      '--subnet',
      '10.9.0.0/29',
      '-o',
      'com.docker.network.bridge.name=br9',
      'n1',
    );
    edit(cli, '-o', mode);
    for (const name of ['a', 'b']) await startNamed(lab, cli, name, '--network', 'n1');
    expect(addressesOf(lab, HOST, 'br9')).toEqual([]);
    expect([ping(lab, 'b', '10.9.0.2'), ping(lab, HOST, '10.9.0.2')]).toEqual([true, false]);
  });
});
