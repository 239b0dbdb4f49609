// `tsnet network`: create, ls, inspect, rm.
import { describe, expect } from 'vitest';
import { test } from './cli-fixture.ts';
import type { Cli } from './cli.ts';
import { HOST } from './lab.ts';
import { addressesOf, linkOf, routesOf } from './look.ts';

interface NetworkJson {
  Name: string;
  Id: string;
  Driver: string;
  EnableIPv6: boolean;
  IPAM: { Config: { Subnet: string; Gateway: string; IPRange?: string }[] };
  Containers: Record<
    string,
    { Name: string; EndpointID: string; MacAddress: string; IPv4Address: string; IPv6Address: string }
  >;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

function inspect(cli: Cli, name: string): NetworkJson {
  const [network] = cli.json('network', 'inspect', name) as NetworkJson[];
  if (network === undefined) throw new Error(`no network ${name}`);
  return network;
}

test('create, use, inspect, rm', async ({ lab, cli }) => {
  const words = [
    '--subnet',
    '10.9.0.0/24',
    '--ip-range',
    '10.9.0.128/25',
    '--gateway',
    '10.9.0.254',
    '--subnet',
    'fd09::/64',
  ];
  const id = cli
    .tsnet('network', 'create', ...words, '--label', 'a=b', '-o', 'com.docker.network.driver.mtu=1400', 'n1')
    .trim();
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  await cli.start('one', '--network', 'n1', '--', 'sleep', '60');
  const network = inspect(cli, 'n1');
  expect(network).toMatchObject({
    Name: 'n1',
    Id: id,
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv6: true,
    Internal: false,
    IPAM: {
      Config: [
        { Subnet: '10.9.0.0/24', IPRange: '10.9.0.128/25', Gateway: '10.9.0.254' },
        { Subnet: 'fd09::/64', Gateway: 'fd09::1' },
      ],
    },
    Labels: { a: 'b' },
    Options: {
      'com.docker.network.bridge.name': `br-${id.slice(0, 12)}`,
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
      'com.docker.network.driver.mtu': '1400',
    },
  });
  const [member] = Object.values(network.Containers);
  expect(member).toMatchObject({
    Name: 'one',
    MacAddress: '02:42:0a:09:00:80',
    IPv4Address: '10.9.0.128/24',
    IPv6Address: 'fd09::2/64',
  });
  expect(addressesOf(lab, HOST, `br-${id.slice(0, 12)}`)).toEqual(['10.9.0.254/24', 'fd09::1/64']);
  expect(linkOf(lab, HOST, `br-${id.slice(0, 12)}`).mtu).toBe(1400);
  expect(cli.attempt('network', 'rm', 'n1')).toMatchObject({ status: 1 });
  await cli.endAll();
  expect(cli.tsnet('network', 'rm', id.slice(0, 12))).toBe('n1\n');
  expect(cli.tsnet('network', 'ls')).not.toContain('n1');
});

test('--ip gives that address, once', async ({ cli }) => {
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', 'n1');
  await cli.start('one', '--network', 'n1', '--ip', '10.9.0.77', '--', 'sleep', '60');
  expect(Object.values(inspect(cli, 'n1').Containers)[0]?.IPv4Address).toBe('10.9.0.77/24');
  expect(cli.attempt('run', '--network', 'n1', '--ip', '10.9.0.77', '--', 'true').stderr).toMatch(
    /^tsnet: .*: 10\.9\.0\.77 has been allocated to .*, duplicate allocation is not allowed\n$/,
  );
  expect(cli.attempt('run', '--network', 'n1', '--ip', '10.9.0.1', '--', 'true').stderr).toMatch(
    /10\.9\.0\.1 is the gateway/,
  );
  await cli.endAll();
  cli.tsnet('network', 'rm', 'n1');
});

test('enable_ip_masquerade=false and bridge.name are acted on', async ({ lab, cli }) => {
  const options = [
    '-o',
    'com.docker.network.bridge.name=mybr0',
    '-o',
    'com.docker.network.bridge.enable_ip_masquerade=false',
  ];
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', ...options, 'n1');
  await cli.start('one', '--network', 'n1', '--', 'sleep', '60');
  expect(linkOf(lab, HOST, 'mybr0').linkinfo?.info_kind).toBe('bridge');
  expect(lab.exec(HOST, ['nft', 'list', 'set', 'inet', 'tsnet', 'masquerade4'])).not.toContain('10.9.0');
  await cli.endAll();
  cli.tsnet('network', 'rm', 'n1');
});

test('automatic subnets overlap no route, address or nameserver of the host, and no network', ({
  lab,
  cli,
}) => {
  lab.shell(
    HOST,
    `ip link add d0 type ifb; ip link set d0 up; ip address add 172.30.0.9/24 dev d0
     ip route add 172.30.1.0/24 dev d0; ip route add 172.30.4.0/22 dev d0
     echo 'nameserver 172.30.2.53' > /run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf`,
  );
  cli.tsnet('network', 'create', 'n1');
  cli.tsnet('network', 'create', 'n2');
  expect(inspect(cli, 'n1').IPAM.Config[0]?.Subnet).toBe('172.30.3.0/24');
  expect(inspect(cli, 'n2').IPAM.Config[0]?.Subnet).toBe('172.30.8.0/24');
  expect(inspect(cli, 'bridge').IPAM.Config[0]?.Subnet).toBe('172.30.9.0/24');
  expect(routesOf(lab, HOST, 4)).toHaveLength(3);
  lab.exec(HOST, ['ip', 'link', 'del', 'd0']);
});

test('the default network survives the loss of the run directory, as in a reboot', ({ lab, cli }) => {
  const before = inspect(cli, 'bridge');
  lab.shell(HOST, `rm -rf ${lab.runDir}`);
  expect(inspect(cli, 'bridge')).toEqual(before);
  expect(
    cli
      .tsnet('network', 'ls')
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(/\s{2,}/).slice(1)),
  ).toEqual([
    ['bridge', 'bridge', 'local'],
    ['host', 'host', 'local'],
    ['none', 'null', 'local'],
  ]);
});

describe('bad input: exit 1, one line, nothing changed', () => {
  test.for<[string, string[], RegExp]>([
    ['bad subnet', ['create', '--subnet', '10.9.0.0/33', 'n1'], /10\.9\.0\.0\/33/],
    [
      'host bits',
      ['create', '--subnet', '10.9.0.5/24', 'n1'],
      /host bits are set, the network is 10\.9\.0\.0\/24/,
    ],
    [
      'gateway outside',
      ['create', '--subnet', '10.9.0.0/24', '--gateway', '10.8.0.1', 'n1'],
      /--gateway 10\.8\.0\.1/,
    ],
    [
      'range outside',
      ['create', '--subnet', '10.9.0.0/24', '--ip-range', '10.8.0.0/25', 'n1'],
      /--ip-range 10\.8\.0\.0\/25/,
    ],
    ['too small', ['create', '--subnet', '10.9.0.0/31', 'n1'], /10\.9\.0\.0\/31 is too small/],
    ['unknown option', ['create', '-o', 'nope=1', 'n1'], /option nope: not known/],
    ['bad mtu', ['create', '-o', 'com.docker.network.driver.mtu=9', 'n1'], /driver\.mtu "9": must be/],
    [
      'bad bridge name',
      ['create', '-o', 'com.docker.network.bridge.name=much/too', 'n1'],
      /bridge\.name "much\/too"/,
    ],
    ['bad name', ['create', '../x'], /network name "\.\.\/x"/],
    ['predefined', ['create', 'host'], /predefined host network/],
    ['label without name', ['create', '--label', '=b', 'n1'], /--label "=b": must be name=value/],
    ['rm predefined', ['rm', 'bridge'], /pre-defined network and cannot be removed/],
    ['rm unknown', ['rm', 'nope'], /network nope not found/],
  ])('%s', ([, words, message], { cli }) => {
    const before = cli.tsnet('network', 'ls');
    const outcome = cli.attempt('network', ...words);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    expect(cli.tsnet('network', 'ls')).toBe(before);
  });

  test('a name or subnet that is taken', ({ cli }) => {
    cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', 'n1');
    expect(cli.attempt('network', 'create', 'n1').stderr).toBe(
      'tsnet: network with name n1 already exists\n',
    );
    expect(cli.attempt('network', 'create', '--subnet', '10.9.0.128/25', 'n2').stderr).toMatch(
      /^tsnet: subnet 10\.9\.0\.128\/25 overlaps with a subnet of another network/,
    );
  });
});
