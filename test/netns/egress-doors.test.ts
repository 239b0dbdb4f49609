// Policies that are refused, and policies of networks of the command line.
import { describe, expect } from 'vitest';
import { Cli } from './cli.ts';
import { expectOnly, expectResolvers, PLACES, RESOLVERS, test as inWorld } from './egress-lab.ts';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';

const ptp = { ...bridgeConfig(), type: 'ptp', bridge: undefined };
const internet = [...PLACES.public, PLACES.translated[0]];

describe('what is wrong is named, and nothing is changed', () => {
  const entry = { cidr: '10.0.0.0/8' };
  test.for<[unknown, RegExp]>([
    ['intranet', /^egress "intranet": must be "internet", "local", "none", or a list/],
    [7, /^egress 7: /],
    [[], /^egress \[\]: allows nothing: say "none"/],
    [['internet'], /^egress\[0\] "internet": /],
    [[{ cidr: '10.0.0.0/33' }], /^egress\[0\]\.cidr "10\.0\.0\.0\/33": /],
    [[entry, { cidr: '10.0.0.1/8' }], /^egress\[1\]\.cidr "10\.0\.0\.1\/8": host bits are set/],
    [[{ ports: ['443/tcp'] }], /^egress\[0\]\.cidr: missing/],
    [[{ ...entry, port: ['443/tcp'] }], /^egress\[0\]\.port \["443\/tcp"\]: not known here/],
    [[{ ...entry, ports: [] }], /^egress\[0\]\.ports \[\]: names no port/],
    [[{ ...entry, ports: ['443'] }], /^egress\[0\]\.ports\[0\] "443": must be a port and a protocol/],
    [
      [{ ...entry, ports: ['1/tcp', '443/icmp'] }],
      /^egress\[0\]\.ports\[1\] "443\/icmp": protocol "icmp" is none of/,
    ],
    [[{ ...entry, ports: ['65536/tcp'] }], /ports\[0\] "65536\/tcp": port 65536 is not between/],
    [[{ ...entry, ports: ['20-10/udp'] }], /ports\[0\] "20-10\/udp": the range ends before it begins/],
  ])('%j', ([egress, message], { lab, cni }) => {
    lab.container('c1');
    for (const one of [bridgeConfig({ egress }), { ...ptp, egress }])
      expect(cni.fail('ADD', 'c1', one)).toMatchObject({
        code: 7,
        msg: expect.stringMatching(message) as string,
      });
  });

  test.for<[Record<string, unknown>, RegExp]>([
    [{ ipam: {} }, /^egress "internet": needs addresses/],
    [
      { internal: true, isGateway: true, isDefaultGateway: false, ipMasq: false },
      /^internal true: contradicts egress "internet"/,
    ],
    [{ isDefaultGateway: false }, /^egress "internet": needs isGateway/],
    [{ vlanTrunk: [{ id: 5 }] }, /^egress "internet": cannot be kept with vlanTrunk/],
    [{ vlan: 5, preserveDefaultVlan: true }, /^egress "internet": cannot be kept with preserveDefaultVlan/],
  ])('%j', ([keys, message], { lab, cni }) => {
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', bridgeConfig({ egress: 'internet', ...keys }))).toMatchObject({
      code: 7,
      msg: expect.stringMatching(message) as string,
    });
  });
});

describe('tsnet network create --egress', () => {
  const subnets = ['--subnet', '10.1.0.0/24', '--subnet', 'fd00:1::/64'];

  inWorld.for<[string[], string, string[]]>([
    [['--egress', 'internet'], 'internet', internet],
    [['-o', 'tsnet.egress=none'], 'none', []],
    [
      ['--egress', '10.99.0.0/16:7000/tcp', '--egress', 'fd99::/16', '--egress', '10.99.0.0/16:53/udp'],
      '10.99.0.0/16:7000/tcp,fd99::/16,10.99.0.0/16:53/udp',
      ['10.99.0.1', 'fd99::1'],
    ],
  ])('%j', async ([words, text, right], { lab }) => {
    const cli = new Cli(lab);
    cli.tsnet('network', 'create', ...subnets, ...words, 'n1');
    const [network] = cli.json('network', 'inspect', 'n1') as { Options: Record<string, string> }[];
    expect(network?.Options).toMatchObject({ 'tsnet.egress': text });
    await cli.start('one', '--network', 'n1', '--', 'sleep', '60');
    const [name] = lab.shell(HOST, `ls ${lab.runDir}/netns`).split('\n');
    lab.adopt('one', `${lab.runDir}/netns/${name ?? ''}`);
    expectOnly(lab, 'one', right);
    expectResolvers(lab, 'one', ...RESOLVERS.filter((address) => right.includes(address)));
    lab.endContainer('one');
    await cli.endAll();
    cli.tsnet('network', 'rm', 'n1');
  });

  test.for<[string[], RegExp]>([
    [
      ['--egress', 'internet', '--egress', '10.0.0.0/8'],
      /--egress "10\.0\.0\.0\/8": cannot stand beside "internet"/,
    ],
    [
      ['--egress', 'everything'],
      /--egress "everything": must be one of internet, local, none, a destination/,
    ],
    [['--egress', '10.0.0.0/33'], /--egress "10\.0\.0\.0\/33": cidr "10\.0\.0\.0\/33": /],
    [['--egress', '10.0.0.0/8:443'], /--egress "10\.0\.0\.0\/8:443": must be a port and a protocol/],
    [['--egress', 'none', '-o', 'tsnet.egress=local'], /--egress and --opt tsnet\.egress: say it once/],
    [
      ['--internal', '--egress', 'internet'],
      /option tsnet\.egress "internet": contradicts an internal network/,
    ],
    [['-o', 'tsnet.egress='], /option tsnet\.egress "": must be one of/],
    [['-o', 'tsnet.egress=fd00::/8:0/tcp'], /option tsnet\.egress "fd00::\/8:0\/tcp": port 0 is not/],
  ])('%j is refused', ([words, message], { lab }) => {
    const cli = new Cli(lab);
    const outcome = cli.attempt('network', 'create', ...words, 'n1');
    expect(outcome).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(message) as string,
    });
    expect(cli.tsnet('network', 'ls')).not.toContain('n1');
  });
});
