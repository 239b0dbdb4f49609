// Who may call a container: the policies of the firewall plugin, with real packets.
import { expect } from 'vitest';
import { bridgeConfig } from './fixture.ts';
import { plugin, published, test } from './firewall-chain.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { elementsOf } from './look.ts';
import { expectAnswers, expectSilence, ping, reach } from './reach.ts';

const other = bridgeConfig({
  name: 'other',
  bridge: 'cni1',
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] },
});

test('same-bridge: neighbours and published ports answer, other networks get nothing', async ({
  lab,
  chain,
}) => {
  chain.add('c1', { ingressPolicy: 'same-bridge' }, published);
  chain.add('c2', { ingressPolicy: 'same-bridge' });
  chain.add('far', { ingressPolicy: 'same-bridge' }, other);
  chain.add(
    'open',
    {},
    bridgeConfig({
      ...other,
      name: 'third',
      bridge: 'cni2',
      ipam: { type: 'host-local', subnet: '10.3.0.0/24' },
    }),
  );
  for (const name of ['c1', 'far', 'open']) await lab.serve(name, 80);
  expectAnswers(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
  await expectSilence(lab, 'far', ['10.1.0.2', 'fd00:1::2']);
  await expectSilence(lab, 'open', ['10.1.0.2']);
  expectAnswers(lab, 'c1', ['10.3.0.2']);
  await expectSilence(lab, 'c1', ['10.2.0.2']);
  expectAnswers(lab, HOST, ['10.1.0.2', 'fd00:1::2']);
  expect(reach(lab, 'far', { address: '10.2.0.1', port: 8080 })).toMatch(/^c1 /);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(`c1 ${OUTSIDE[4].outside}`);
  expect(elementsOf(lab)['guarded']).toEqual(expect.arrayContaining(['cni0', 'cni1']));
});

test('isolated: not even neighbours, by the bridge or by the gateway', async ({ lab, cni, chain }) => {
  const config = chain.add('c1', { ingressPolicy: 'isolated' }, published);
  chain.add('c2', { ingressPolicy: 'isolated' });
  await lab.serve('c1', 80);
  await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
  lab.shell('c2', 'ip route add 10.1.0.2/32 via 10.1.0.1; ip -6 route add fd00:1::2/128 via fd00:1::1');
  await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
  expectAnswers(lab, HOST, ['10.1.0.2', 'fd00:1::2']);
  expect(ping(lab, 'c2', OUTSIDE[4].outside)).toBe(true);
  expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe(`c1 ${OUTSIDE[6].outside}`);
  lab.shell(
    HOST,
    'for port in $(ip -br link show master cni0 | cut -d@ -f1); do ip link set $port type bridge_slave isolated off; done',
  );
  expect(cni.fail('CHECK', 'c1', config, plugin).msg).toMatch(/bridge port "veth[0-9a-f]+" is not isolated/);
});

test('neighbours answer where bridged packets pass the tables, too', async ({ lab, chain, skip }) => {
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (lab.attempt(HOST, ['test', '-e', setting]).status !== 0) skip('there is no br_netfilter');
  lab.shell(HOST, `echo 1 > ${setting}`);
  chain.add('c1', { ingressPolicy: 'same-bridge' });
  chain.add('c2', { ingressPolicy: 'same-bridge' });
  await lab.serve('c1', 80);
  expectAnswers(lab, 'c2', ['10.1.0.2']);
});
