// GC and STATUS of CNI 1.1.0.
import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { HOST } from './lab.ts';
import { addressesOf, elementsOf, linksOf } from './look.ts';
import { readStore } from './store.ts';

const published = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);
const kept = (...containers: string[]) => ({
  'cni.dev/valid-attachments': containers.map((containerID) => ({ containerID, ifname: 'eth0' })),
});

test('GC takes away what is not in the list, and nothing else', ({ lab, cni }) => {
  cni.add('c1', published);
  cni.add('c2', bridgeConfig());
  cni.add(
    'c3',
    bridgeConfig({ name: 'other', bridge: 'cni1', ipam: { type: 'host-local', subnet: '10.3.0.0/24' } }),
  );
  lab.endContainer('c1');
  expect(cni.call('GC', 'c2', { ...bridgeConfig(), ...kept('c2') })).toMatchObject({ status: 0, stdout: '' });
  expect(readStore(lab).endpoint.map(({ container }) => container)).toEqual(['c2', 'c3']);
  const elements = elementsOf(lab);
  expect(elements['any_ports4']).toEqual([]);
  expect(elements['masquerade4']).toHaveLength(2);
  expect(cni.call('CHECK', 'c2', bridgeConfig()).status).toBe(0);
});

test('GC with an empty list, also as null and under the older name, leaves nothing', ({ lab, cni }) => {
  const [empty, none, older] = [
    { 'cni.dev/valid-attachments': [] },
    { 'cni.dev/valid-attachments': null },
    { 'cni.dev/attachments': [] },
  ];
  for (const list of [empty, none, older]) {
    cni.add('c1', published);
    expect(cni.call('GC', 'c1', { ...published, ...list })).toMatchObject({ status: 0, stdout: '' });
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  }
});

test('GC without a list is an error and takes nothing', ({ cni }) => {
  cni.add('c1', bridgeConfig());
  expect(cni.fail('GC', 'c1', bridgeConfig())).toMatchObject({ code: 7 });
  expect(cni.call('CHECK', 'c1', bridgeConfig()).status).toBe(0);
});

test('GC finds links and rules when the store was lost, and the bridge with the last link', ({
  lab,
  cni,
}) => {
  cni.add('c1', published);
  cni.add('c2', bridgeConfig());
  rmSync(lab.runDir, { recursive: true });
  expect(cni.call('GC', 'c1', { ...published, ...kept('c2') })).toMatchObject({ status: 0, stdout: '' });
  expect(linksOf(lab, HOST).filter(({ linkinfo }) => linkinfo?.info_kind === 'veth')).toHaveLength(1);
  expect(linksOf(lab, HOST).filter(({ linkinfo }) => linkinfo?.info_kind === 'bridge')).toHaveLength(1);
  expect(cni.call('GC', 'c1', { ...published, ...kept() })).toMatchObject({ status: 0, stdout: '' });
  expect(linksOf(lab, HOST).filter(({ linkinfo }) => linkinfo?.info_kind === 'veth')).toEqual([]);
  expect(lab.exec(HOST, ['nft', 'list', 'tables'])).toBe('');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  cni.add('c1', published);
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
});

test('STATUS is silent while all is well, and costs no record', ({ lab, cni }) => {
  expect(cni.call('STATUS', 'c1', bridgeConfig())).toMatchObject({ status: 0, stdout: '' });
  cni.add('c1', bridgeConfig());
  expect(cni.call('STATUS', 'c1', bridgeConfig())).toMatchObject({ status: 0, stdout: '' });
  expect(readStore(lab).lease).toHaveLength(2);
});

test('STATUS tells 50 when the kernel lacks what the plugin makes', ({ lab, cni }) => {
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }]] };
  for (const type of ['macvlan', 'ipvlan', 'vlan', 'dummy', 'vrf', 'bandwidth']) {
    const kind = type === 'bandwidth' ? 'ifb' : type;
    const more = { macvlan: ['link', 'lo'], ipvlan: ['link', 'lo'], vlan: ['link', 'lo'] }[type] ?? [];
    const settings = { vlan: ['id', '5'], vrf: ['table', '77'] }[type] ?? [];
    const made = lab.attempt(HOST, ['ip', 'link', 'add', ...more, 'x0', 'type', kind, ...settings]);
    if (made.status === 0) lab.exec(HOST, ['ip', 'link', 'delete', 'x0']);
    const isLacking = made.stderr.includes('Unknown device type');
    const config = { cniVersion: '1.1.0', name: 'net', type, master: 'lo', vlanId: 5, vrfname: 'red', ipam };
    if (isLacking)
      expect(cni.fail('STATUS', 'c1', config)).toMatchObject({
        code: 50,
        msg: expect.stringContaining(`no links of kind ${kind}`) as string,
      });
    else expect(cni.call('STATUS', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
  }
});

test('STATUS puts rules back that somebody has flushed', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig());
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  expect(cni.call('CHECK', 'c1', bridgeConfig()).status).toBe(1);
  expect(cni.call('STATUS', 'c1', bridgeConfig())).toMatchObject({ status: 0, stdout: '' });
  expect(cni.call('CHECK', 'c1', bridgeConfig()).status).toBe(0);
});

test('STATUS tells 50 when the addresses are exhausted', ({ cni }) => {
  const small = bridgeConfig({ ipam: { type: 'host-local', subnet: '10.1.0.0/30' } });
  cni.add('c1', small);
  expect(cni.fail('STATUS', 'c1', small)).toMatchObject({
    code: 50,
    msg: 'no IP addresses available in range set: 10.1.0.1-10.1.0.2 of network "net"',
  });
  cni.del('c1', small);
  expect(cni.call('STATUS', 'c1', small).status).toBe(0);
});
