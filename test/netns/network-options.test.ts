// Options of networks, pools, prune, and what is left of a network after a reboot.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { addressesOf, linkOf, routesOf } from './look.ts';
import { startNamed } from './named-sandboxes.ts';
import { isSilent, ping, reach } from './reach.ts';
import { test } from './routed-fixture.ts';

const docker = (option: string): string[] => ['-o', `com.docker.network.${option}`];

test('reserved addresses, names of interfaces, MTU, and where ports are published', async ({ lab, cli }) => {
  const words = [
    '--subnet',
    '10.9.0.0/29',
    '--aux-address',
    'router=10.9.0.2',
    '--aux-address',
    'nas=10.9.0.4',
  ];
  const options = [...docker('container_iface_prefix=net'), ...docker('bridge.host_binding_ipv4=127.0.0.1')];
  cli.tsnet('network', 'create', ...words, ...options, '--mtu', '1400', 'n1');
  const other = ['--subnet', '10.8.0.0/24', '--aux-address', 'DefaultGatewayIPv4=10.8.0.254'];
  cli.tsnet('network', 'create', ...other, 'n2');
  await startNamed(
    lab,
    cli,
    'a',
    '--network',
    'n1',
    '--network',
    'n2',
    '-p',
    '8080:80',
    '-p',
    '192.0.2.2:8081:80',
  );
  expect([addressesOf(lab, 'a', 'net0'), addressesOf(lab, 'a', 'eth0')]).toEqual([
    ['10.9.0.3/29'],
    ['10.8.0.2/24'],
  ]);
  expect(linkOf(lab, 'a', 'net0').mtu).toBe(1400);
  await lab.serve('a', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toMatch(/^a /);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(true);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toMatch(/^a /);
  expect(cli.tsnet('port', 'a', '--publish-add', '8082:80', '--publish-rm', '192.0.2.2:8081:80')).toBe(
    '80/tcp -> 127.0.0.1:8080\n80/tcp -> 127.0.0.1:8082\n',
  );
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8082 })).toMatch(/^a /);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toBe(true);
  for (const [words, why] of [
    [['--publish-rm', '8081:80'], 'sandbox a has not published 8081:80/tcp (tsnet port a)'],
    [['--publish-add', '8083:80', '--publish-add', '8080:81'], 'is already published by sandbox a '],
  ] as const)
    expect(cli.attempt('port', 'a', ...words)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(why) as string,
    });
  expect(cli.tsnet('port', 'a', '--quiet')).toBe('127.0.0.1:8080\n127.0.0.1:8082\n');
  const way = cli.tsnet('run', '--network', 'n2', '--', 'ip', 'route', 'show', 'default');
  expect(way).toContain('via 10.8.0.254 ');
  const gets = cli.tsnet('run', '--network', 'n1', '--', 'ip', '-br', 'address', 'show', 'net0');
  expect(gets).toContain('10.9.0.5/29');
  expect(cli.attempt('run', '--network', 'n1', '--ip', '10.9.0.2', '--', 'true')).toMatchObject({
    status: 125,
    stderr: 'tsnet: requested IP address 10.9.0.2 is reserved (tsnet network inspect)\n',
  });
  const [network] = cli.json('network', 'inspect', 'n1') as [{ IPAM: { Config: object[] } }];
  expect(network.IPAM.Config).toEqual([
    {
      Subnet: '10.9.0.0/29',
      Gateway: '10.9.0.1',
      AuxiliaryAddresses: { router: '10.9.0.2', nas: '10.9.0.4' },
    },
  ]);
});

test('a family that is routed, and addresses of choice for what is not', async ({ lab, cli }) => {
  lab.exec(HOST, ['ip', 'address', 'add', '192.0.2.77/24', 'dev', 'up0']);
  const subnets = (n: number): string[] => ['--subnet', `10.${n}.0.0/24`, '--subnet', `fd0${n}::/64`];
  cli.tsnet(
    'network',
    'create',
    ...subnets(9),
    ...docker('bridge.gateway_mode_ipv6=routed'),
    ...docker('host_ipv4=192.0.2.77'),
    'n1',
  );
  cli.tsnet(
    'network',
    'create',
    ...subnets(8),
    ...docker('bridge.inhibit_ipv4=true'),
    ...docker('bridge.name=br8'),
    'n2',
  );
  await startNamed(lab, cli, 'a', '--network', 'n1', '-p', '8080:80', '-p', '8081:80');
  await startNamed(lab, cli, 'b', '--network', 'n2');
  for (const name of ['a', OUTSIDE.name]) await lab.serve(name, 80);
  await lab.serve('a', 81);
  expect(reach(lab, 'a', { address: OUTSIDE[4].outside, port: 80 })).toBe('outside 192.0.2.77');
  expect(reach(lab, 'a', { address: OUTSIDE[6].outside, port: 80 })).toBe('outside fd09::2');
  expect(reach(lab, OUTSIDE.name, { address: 'fd09::2', port: 80 })).toBe(`a ${OUTSIDE[6].outside}`);
  expect(isSilent(lab, OUTSIDE.name, { address: 'fd09::2', port: 81 })).toBe(true);
  expect(ping(lab, OUTSIDE.name, 'fd09::2')).toBe(true);
  expect(reach(lab, HOST, { address: 'fd09::2', port: 81 })).toMatch(/^a /);
  expect(isSilent(lab, OUTSIDE.name, { address: '10.9.0.2', port: 80 })).toBe(true);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toMatch(/^a /);
  expect(cli.tsnet('audit')).toMatch(/outside by up0 +tsnet:n1\/\S+ +fd09::2 +tcp 80/);
  expect(addressesOf(lab, HOST, 'br8')).toEqual(['fd08::1/64']);
  expect(routesOf(lab, 'b', 4).map(({ dst }) => dst)).toContain('default');
  expect(ping(lab, 'b', OUTSIDE[6].outside)).toBe(true);
});

test('automatic subnets come from the pools of config.json, and are on no network of podman or CNI', ({
  lab,
  cli,
}) => {
  cli.tsnet('network', 'ls');
  const pool = (base: string): object => ({ 'default-address-pools': [{ base, size: 26 }] });
  const config = (value: object): void => {
    writeFileSync(join(lab.stateDir, 'config.json'), JSON.stringify(value));
  };
  const write = (folder: string, name: string, value: object): void => {
    mkdirSync(join(lab.folder, folder), { recursive: true });
    writeFileSync(join(lab.folder, folder, name), JSON.stringify(value));
  };
  write('.config/cni/net.d', '10-x.conflist', {
    plugins: [{ ipam: { ranges: [[{ subnet: '10.66.0.64/26' }]] } }],
  });
  write('.local/share/containers/storage/networks', 'x.json', { subnets: [{ subnet: '10.66.0.0/27' }] });
  config(pool('10.66.0.0/24'));
  const create = (name: string) =>
    lab.attempt(HOST, [executable, 'network', 'create', name], { ...cli.env, HOME: lab.folder });
  expect([create('n1').status, create('n2').status]).toEqual([0, 0]);
  const networks = cli.json('network', 'inspect', 'n1', 'n2') as { IPAM: { Config: [{ Subnet: string }] } }[];
  expect(networks.map(({ IPAM }) => IPAM.Config[0].Subnet)).toEqual(['10.66.0.128/26', '10.66.0.192/26']);
  expect(create('n3')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^tsnet: no free subnet is left .* add pools to .*\/config\.json\n$/,
    ) as string,
  });
  config(pool('10.66.0.0'));
  expect(create('n3').stderr).toMatch(
    /^tsnet: ".*\/config\.json": default-address-pools\[0\]: base: cidr "10\.66\.0\.0"/,
  );
  expect(cli.tsnet('network', 'ls')).not.toContain('n3');
});

test('prune forgets what nobody is on, asks first, and goes by labels', async ({ lab, cli }) => {
  for (const name of ['n1', 'n2', 'n3', 'n4'])
    cli.tsnet('network', 'create', '--label', `part=${name < 'n3' ? 'one' : 'two'}`, name);
  await startNamed(lab, cli, 'a', '--network', 'n1');
  const prune = (answer: string, ...words: string[]) =>
    lab.attempt(HOST, [executable, 'network', 'prune', ...words], cli.env, answer);
  expect(prune('n\n')).toMatchObject({ status: 0, stdout: '' });
  expect(prune('', '-f', '--filter', 'name=n1')).toMatchObject({ status: 1, stdout: '' });
  expect(prune('', '--force', '--filter', 'label=part=one').stdout).toBe('Deleted Networks:\nn2\n');
  expect(prune('', '-f', '--filter', 'label!=part').stdout).toBe('');
  expect(prune('y\n', '--filter', 'label=part', '--filter', 'label!=part=three').stdout).toBe(
    'Deleted Networks:\nn3\nn4\n',
  );
  const left = cli.tsnet('network', 'ls').split('\n').slice(1, -1);
  expect(left.map((line) => line.split(/\s{2,}/)[1])).toEqual(['bridge', 'host', 'n1', 'none']);
});

test('after a reboot a network is what it was, and comes back when it is first needed', ({ lab, cli }) => {
  const words = [
    '--subnet',
    '10.9.0.0/24',
    '--subnet',
    'fd09::/64',
    '--gateway',
    '10.9.0.9',
    '--aux-address',
    'x=10.9.0.1',
  ];
  cli.tsnet('network', 'create', ...words, ...docker('bridge.name=br9'), '--label', 'a=b', 'n1');
  const before = cli.json('network', 'inspect', 'n1');
  cli.tsnet('run', '--network', 'n1', '--', 'true');
  // What a reboot takes: what /run has, and all that the kernel knew.
  lab.exec(HOST, ['rm', '-rf', lab.runDir]);
  lab.container('reborn');
  const tsnet = (...argv: string[]): string => {
    const { stdout, stderr } = lab.attempt('reborn', [executable, ...argv], cli.env);
    return stdout + stderr;
  };
  expect(JSON.parse(tsnet('network', 'inspect', 'n1'))).toEqual(before);
  const seen = tsnet(
    'run',
    '--network',
    'n1',
    '--',
    'sh',
    '-c',
    'ip -br address show eth0; ping -n -c 1 10.9.0.9',
  );
  expect(seen).toMatch(/10\.9\.0\.2\/24 fd09::2\/64/);
  expect(seen).toContain('1 received');
});
