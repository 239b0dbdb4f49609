import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Cidr } from '../../address/index.ts';
import type { SketchedNetwork, Sketch } from '../sketch/model.ts';
import { findingCodes } from './finding.ts';
import { forwardingFindings } from './kernel.ts';
import { overlaps } from './subnets.ts';

const claim = (owner: string, cidr: string, device?: string) => ({ owner, cidr: Cidr.parse(cidr), device });

test('a network overlaps what is behind another device, not what is its own', () => {
  const claims = [
    claim('network app', '10.9.0.0/24', 'br1'),
    claim('network lab', '10.10.0.0/24', 'br2'),
    claim('network pods', '10.10.0.128/25', 'cni0'),
    claim('the route to 10.9.0.0/24 by br1', '10.9.0.0/24', 'br1'),
    claim('the route to 10.0.0.0/8 by tun0', '10.0.0.0/8', 'tun0'),
    claim('the route to 10.0.0.0/9 by up0', '10.0.0.0/9', 'up0'),
  ];
  expect(overlaps(claims).map(({ where, what }) => `${where}: ${what}`)).toEqual([
    'network app: subnet 10.9.0.0/24 overlaps the route to 10.0.0.0/8 by tun0',
    'network app: subnet 10.9.0.0/24 overlaps the route to 10.0.0.0/9 by up0',
    'network lab: subnet 10.10.0.0/24 overlaps network pods with 10.10.0.128/25',
    'network lab: subnet 10.10.0.0/24 overlaps the route to 10.0.0.0/8 by tun0',
    'network lab: subnet 10.10.0.0/24 overlaps the route to 10.0.0.0/9 by up0',
    'network pods: subnet 10.10.0.128/25 overlaps the route to 10.0.0.0/8 by tun0',
    'network pods: subnet 10.10.0.128/25 overlaps the route to 10.0.0.0/9 by up0',
  ]);
});

function sketchOf(more: Partial<SketchedNetwork>): Sketch {
  const network: SketchedNetwork = {
    ...{
      name: 'app',
      origin: 'tsnet',
      kind: 'bridge',
      device: 'br1',
      addresses: ['10.9.0.1/24', 'fd09::1/64'],
    },
    ...{ subnets: [], way: 'masqueraded', uplinks: [] },
    endpoints: [
      { sandbox: 's', ifname: 'eth0', addresses: ['10.9.0.2', 'fd09::2'], ports: [], isReady: true },
    ],
    ...more,
  };
  const uplinks = [{ device: 'up0', addresses: [], isWayOut: true }];
  return { host: '', uplinks, networks: [network], sandboxes: [], filters: [] };
}

test.each<[string, Partial<SketchedNetwork>, Record<string, string>, string[]]>([
  ['all is well', {}, { 'ipv4/ip_forward': '1', 'ipv6/conf/all/forwarding': '1' }, []],
  [
    'nothing is forwarded',
    {},
    { 'ipv4/ip_forward': '0', 'ipv6/conf/all/forwarding': '0' },
    ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'],
  ],
  ['of one device', {}, { 'ipv4/conf/br1/forwarding': '0' }, ['net/ipv4/conf/br1/forwarding']],
  ['nobody needs it', { endpoints: [] }, { 'ipv4/ip_forward': '0' }, []],
  ['internal', { way: 'none' }, { 'ipv4/ip_forward': '0' }, []],
  ['a bridge without addresses', { addresses: [] }, { 'ipv4/ip_forward': '0' }, []],
  ['macvlan', { kind: 'macvlan', way: 'routed' }, { 'ipv4/ip_forward': '0' }, []],
])('forwarding: %s', (_, network, settings, found) => {
  const findings = forwardingFindings(sketchOf(network), (key) => settings[key.join('/')]);
  expect(findings.map(({ where }) => where)).toEqual(found);
});

test('docs/shell.md tells of each kind of finding, in the order of the list', () => {
  const page = readFileSync(new URL('../../docs/shell.md', import.meta.url), 'utf8');
  const [, text = ''] = /^## The doctor\n(.*?)^## /ms.exec(page) ?? [];
  expect([...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)).toEqual([...findingCodes]);
});
