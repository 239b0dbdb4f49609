// What becomes of policies: others change the table, calls are killed, networks of the host come and go.
import { describe, expect } from 'vitest';
import { expectOnly, PLACES, PORT, test as inWorld } from './egress-lab.ts';
import { bridgeConfig, test } from './fixture.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf } from './look.ts';
import { isSilent, ping, reach } from './reach.ts';

const internet = [...PLACES.public, PLACES.translated[0]];
const config = bridgeConfig({ egress: 'internet' });
const ptp = bridgeConfig({
  type: 'ptp',
  name: 'ptp',
  bridge: undefined,
  egress: 'local',
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.3.0.0/24' }], [{ subnet: 'fd00:3::/64' }]] },
});
const list = [{ cidr: '8.8.8.0/24', ports: ['53/udp'] }, { cidr: '2001:4860::/32' }];

function nft(lab: Lab, ...commands: string[]): void {
  lab.shell(HOST, commands.map((command) => `nft '${command}'`).join('\n'));
}

function egressSetsOf(lab: Lab): Record<string, readonly unknown[]> {
  const mine = /^(egress|special|private|host_networks|confined|companions)/;
  return Object.fromEntries(Object.entries(elementsOf(lab)).filter(([name]) => mine.test(name)));
}

describe('CHECK tells of', () => {
  test.for<[string, unknown, string, RegExp]>([
    ['its verdict', 'internet', 'flush map inet tsnet egress4', /set "egress4"/],
    ['another verdict', 'internet', 'ELEMENT', /set "egress4"/],
    ['the gate', 'none', 'flush set inet tsnet confined', /set "confined"/],
    ['the ranges', 'internet', 'flush set inet tsnet special6', /set "special6"/],
    ['private ranges', 'local', 'flush set inet tsnet private4', /set "private4"/],
    ['the list', list, 'flush set inet tsnet egress_listed6', /set "egress_listed6"/],
    ["the host's networks", 'internet', 'flush set inet tsnet host_networks4', /set "host_networks4"/],
    ['a chain', 'internet', 'flush chain inet tsnet egress_internet', /chain "egress_internet"/],
    ['the way in', 'none', 'flush chain inet tsnet input', /chain "input"/],
    ['the way through', 'none', 'flush chain inet tsnet forward', /chain "forward"/],
  ])('%s', ([, egress, command, message], { lab, cni }) => {
    const mine = bridgeConfig({ egress });
    lab.exec(HOST, ['ip', 'address', 'add', '9.9.9.9/24', 'dev', 'lo']);
    cni.add('c1', mine);
    expect(cni.call('CHECK', 'c1', mine)).toMatchObject({ status: 0, stdout: '' });
    if (command === 'ELEMENT')
      nft(
        lab,
        'delete element inet tsnet egress4 { 10.1.0.2 . "cni0" }',
        'add element inet tsnet egress4 { 10.1.0.2 . "cni0" : goto egress_local }',
      );
    else nft(lab, command);
    expect(cni.fail('CHECK', 'c1', mine)).toMatchObject({
      code: 105,
      msg: expect.stringMatching(message) as string,
    });
    cni.call('GC', '', { ...mine, 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] });
    expect(cni.call('CHECK', 'c1', mine)).toMatchObject({ status: 0, stdout: '' });
  });
});

inWorld.for(['flush ruleset', 'delete table inet tsnet', 'flush table inet tsnet'])(
  'after nft %s the next call has it in force again',
  (command, { lab, cni }) => {
    cni.add('c1', config);
    cni.add('c2', ptp);
    const before = egressSetsOf(lab);
    nft(lab, command);
    cni.add(
      'c3',
      bridgeConfig({ name: 'plain', bridge: 'cni9', ipam: { type: 'host-local', subnet: '10.9.0.0/24' } }),
    );
    expect(egressSetsOf(lab)).toEqual(before);
    expectOnly(lab, 'c1', internet);
  },
);

inWorld(
  'a public network that the host comes into is noticed by CHECK, and refused from the next call on',
  ({ lab, cni }) => {
    cni.add('c1', config);
    const there = { address: '8.8.8.8', port: PORT };
    expect(reach(lab, 'c1', there)).toBeDefined();
    lab.shell(HOST, 'ip route del 8.8.8.8; ip address add 8.8.8.1/24 dev up0');
    expect(cni.fail('CHECK', 'c1', config).msg).toMatch(/set "host_networks4"/);
    cni.add('c2', config);
    expect(isSilent(lab, 'c1', there)).toBe(true);
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
    lab.shell(HOST, 'ip address del 8.8.8.1/24 dev up0; ip route add 8.8.8.8 via 192.0.2.1');
    cni.del('c2', config);
    expect(reach(lab, 'c1', there)).toBeDefined();
  },
);

inWorld('who has no policy keeps everything, also behind the same bridge', ({ lab, cni }) => {
  const plain = bridgeConfig({
    name: 'plain',
    ipam: { type: 'host-local', subnet: '10.1.0.0/24', rangeStart: '10.1.0.100' },
  });
  cni.add('c1', plain);
  expect(ping(lab, 'c1', '10.99.0.1')).toBe(true);
  cni.add('c2', config);
  expect(ping(lab, 'c1', '10.99.0.1')).toBe(true);
  expect(isSilent(lab, 'c2', { address: '10.99.0.1', port: PORT })).toBe(true);
  cni.del('c2', config);
  expect(egressSetsOf(lab)['confined']).toEqual([]);
  expect(Object.values(egressSetsOf(lab)).flat()).toEqual([]);
});

test('each container adds elements, and no rule', ({ lab, cni }) => {
  const listed = bridgeConfig({ egress: list });
  cni.add('c1', listed);
  const text = (): string[] =>
    lab
      .exec(HOST, ['nft', 'list', 'table', 'inet', 'tsnet'])
      .split('\n')
      .filter((line) => /^\t\t(?!elements|type)[a-z]/.test(line));
  const before = text();
  for (const name of ['c2', 'c3', 'c4']) cni.add(name, listed);
  expect(text()).toEqual(before);
  expect(egressSetsOf(lab)['egress_listed4']).toHaveLength(4);
});

test('DEL twice, without a path and without the namespace; GC without the store', ({ lab, cni }) => {
  for (const one of [config, ptp]) {
    cni.add('c1', one);
    cni.del('c1', one, { netns: '' });
    cni.del('c1', one);
    cni.add('c1', one);
    lab.endContainer('c1');
    cni.del('c1', one);
    lab.container('c1');
  }
  cni.add('c1', config);
  cni.add('c2', ptp);
  lab.shell(HOST, `rm -rf ${lab.runDir}`);
  for (const one of [config, ptp]) cni.call('GC', '', { ...one, 'cni.dev/valid-attachments': [] });
  expect(lab.attempt(HOST, ['nft', 'list', 'table', 'inet', 'tsnet']).status).not.toBe(0);
  // The bridge stays until an endpoint comes and goes.
  cni.add('c1', config);
});

test('an ADD that is killed leaves nothing after DEL', async ({ cni, lab }) => {
  lab.container('c1');
  await killEachAdd(cni, 'c1', bridgeConfig({ egress: list }), () => {
    cni.del('c1', config);
  });
});
