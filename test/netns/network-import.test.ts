// `tsnet network import`: definitions of Docker, podman and CNI become networks, and each is one as a whole or not at all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { Cli } from './cli.ts';
import { test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Outcome } from './lab.ts';

const of = (name: string): string => join(import.meta.dirname, '../definitions', name);
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('from Docker: what is told, what is made and what is the same', ({ lab, ownLinks }) => {
  const cli = new Cli(lab);
  const docker = (...words: string[]): Outcome => cli.attempt('network', 'import', 'docker', ...words);
  // As after Docker: its bridge is there.
  ownLinks.push('br-shop');
  lab.shell(HOST, 'ip link add br-shop type bridge; ip address add 10.61.0.254/24 dev br-shop');

  const planned = docker('--dry-run', of('docker-20.10.json'), of('docker-29.json'));
  expect(planned.status).toBe(1);
  const commands = linesOf(planned.stdout);
  expect(commands).toHaveLength(3);
  expect(commands[1]).toBe(
    `tsnet network create --subnet 10.62.0.0/24 --gateway 10.62.0.1 --internal --label 'team=o'\\''web and more' backend`,
  );
  const names = (): string[] => linesOf(cli.tsnet('network', 'ls', '--format', '{{.Name}}'));
  expect(names()).toEqual(['bridge', 'host', 'none']);

  const made = docker(of('docker-20.10.json'), of('docker-29.json'));
  expect([made.status, made.stdout]).toEqual([1, 'shop_default\nbackend\nopen\n']);
  expect(linesOf(made.stderr)).toEqual([
    'tsnet: bridge: is predefined here, too, with subnets of its own',
    'tsnet: shop_default: taken without option com.example.strange: not known',
    'tsnet: shop_default: taken without the bridge name br-shop: an interface or a network has it',
    'tsnet: shop_default: subnet 10.61.0.0/24 is in use, interface br-shop has 10.61.0.254/24: take it away before a sandbox joins',
    'tsnet: swarm: skipped: driver overlay: tsnet makes networks of driver bridge alone',
    'tsnet: six: skipped: has no IPv4, which every network of tsnet has',
  ]);
  expect(cli.json('network', 'inspect', 'shop_default')).toMatchObject([
    {
      EnableIPv6: true,
      IPAM: {
        Config: [
          {
            Subnet: '10.61.0.0/24',
            IPRange: '10.61.0.128/25',
            Gateway: '10.61.0.254',
            AuxiliaryAddresses: { printer: '10.61.0.9' },
          },
          { Subnet: 'fd61::/64', Gateway: 'fd61::1' },
        ],
      },
      Options: { 'com.docker.network.driver.mtu': '1400' },
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.network': 'default' },
    },
  ]);

  // Again, by way of stdin: all is the same, and another definition under one of the names is refused.
  const [backend, ...others] = JSON.parse(readFileSync(of('docker-29.json'), 'utf8')) as object[];
  const input = JSON.stringify([{ ...backend, Internal: false }, backend, others[0]]);
  const words = [executable, 'network', 'import', 'docker', '-'];
  const again = lab.attempt(HOST, words, cli.env, input);
  expect([again.status, again.stdout]).toEqual([1, '']);
  expect(linesOf(again.stderr)).toEqual([
    'tsnet: backend: skipped: a network of that name is there with another definition (tsnet network inspect backend)',
    'tsnet: backend: is there already',
    'tsnet: open: is there already',
  ]);
});

test('from podman and CNI, and a sandbox joins', ({ lab }) => {
  const cli = new Cli(lab);
  const all = (source: string, ...words: string[]): Outcome =>
    cli.attempt('network', 'import', source, ...words);
  const podman = all('podman', of('podman'));
  expect([podman.status, podman.stdout]).toEqual([1, 'nn\n']);
  expect(podman.stderr).toContain('tsnet: lan: skipped: driver macvlan');
  // A network that has a part of a subnet already is in the way of one of two.
  cli.tsnet('network', 'create', '--subnet', '10.88.9.0/24', 'mine');
  for (const words of [['--dry-run'], []]) {
    const cni = all('cni', of('cni'), ...words);
    expect(cni.status).toBe(1);
    expect(cni.stdout).toMatch(words.length === 0 ? /^work\n$/ : /^tsnet network create .* work\n$/);
    expect(cni.stderr).toContain('tsnet: podman: skipped: subnet 10.88.0.0/16 overlaps');
    expect(cni.stderr).toContain('tsnet: work: taken without plugin dnsname');
  }
  expect(cli.json('network', 'inspect', 'work')).toMatchObject([
    {
      IPAM: { Config: [{ Subnet: '10.89.7.0/24', IPRange: '10.89.7.128/26', Gateway: '10.89.7.1' }] },
      Options: {
        'com.docker.network.bridge.name': 'cni-work',
        'com.docker.network.bridge.enable_ip_masquerade': 'false',
        'tsnet.bandwidth.ingress': '1000000',
      },
      Labels: { team: 'work' },
    },
  ]);
  const inside = cli.tsnet(
    'run',
    '--network',
    'nn',
    '--',
    'sh',
    '-ec',
    'ping -c1 -W10 10.91.0.1; ip address',
  );
  expect(inside).toContain('inet 10.91.0.128/24');

  const wrong = lab.attempt(
    HOST,
    [executable, 'network', 'import', 'podman', '-'],
    cli.env,
    JSON.stringify([
      { name: 'x', subnets: [{ subnet: 5 }] },
      { name: 'y\n\u001b', options: { vlan: '7' } },
    ]),
  );
  expect(linesOf(wrong.stderr)).toEqual([
    'tsnet: x: skipped: subnets[0].subnet 5: expected string, received number',
    'tsnet: y??: skipped: option vlan: networks of tsnet have none',
  ]);
});
