// The verbs in each version of CNI: what a runtime of that version gets to read.
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import { bridgeConfig, test } from './fixture.ts';

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

test('VERSION tells all versions, with and without stdin', ({ cni }) => {
  for (const plugin of readdirSync(cniFolder)) {
    for (const input of ['', '{"cniVersion":"0.4.0"}']) {
      const outcome = cni.call('VERSION', 'dummy', input, { plugin, netns: 'dummy', ifname: 'dummy' });
      expect(outcome).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(outcome.stdout)).toEqual({
        cniVersion: input === '' ? '1.1.0' : '0.4.0',
        supportedVersions: VERSIONS,
      });
    }
  }
});

for (const cniVersion of ['0.3.1', '0.4.0', '1.0.0', '1.1.0']) {
  test(`${cniVersion}: the shape of the result, CHECK and DEL`, ({ cni }) => {
    const config = bridgeConfig({ cniVersion });
    const isOld = cniVersion.startsWith('0.');
    const mtu = cniVersion === '1.1.0' ? { mtu: 1500 } : {};
    const mac = expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) as string;
    const result = cni.add('c1', config);
    expect(result).toEqual({
      cniVersion,
      interfaces: [
        { name: 'cni0', mac, ...mtu },
        { name: expect.stringMatching(/^veth[0-9a-f]{11}$/) as string, mac, ...mtu },
        { name: 'eth0', mac, ...mtu, sandbox: '/run/netns/c1' },
      ],
      ips: [
        { ...(isOld ? { version: '4' } : {}), interface: 2, address: '10.1.0.2/24', gateway: '10.1.0.1' },
        { ...(isOld ? { version: '6' } : {}), interface: 2, address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
      ],
      routes: [
        { dst: '0.0.0.0/0', gw: '10.1.0.1' },
        { dst: '::/0', gw: 'fd00:1::1' },
      ],
      ...(isOld ? { dns: {} } : {}),
    });
    const next = { ...config, prevResult: result };
    if (cniVersion === '0.3.1') {
      expect(cni.fail('CHECK', 'c1', next)).toMatchObject({
        code: 1,
        msg: 'config version does not allow CHECK',
      });
    } else {
      expect(cni.call('CHECK', 'c1', next)).toMatchObject({ status: 0, stdout: '' });
    }
    cni.del('c1', next);
  });
}

test('0.2.0: one address of each family', ({ cni }) => {
  const result = cni.add('c1', bridgeConfig({ cniVersion: '0.2.0' }));
  expect(result).toMatchObject({
    cniVersion: '0.2.0',
    ip4: { ip: '10.1.0.2/24', gateway: '10.1.0.1' },
    ip6: { ip: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    dns: {},
  });
});

test('an error tells the version it was asked in', ({ cni, lab }) => {
  lab.container('c1');
  const config = bridgeConfig({ cniVersion: '0.4.0', bridge: 'name-that-is-too-long' });
  expect(cni.fail('ADD', 'c1', config)).toMatchObject({ cniVersion: '0.4.0', code: 7 });
});

test('keys of the configuration in any case, as Go reads them', ({ cni }) => {
  const config = {
    cniVersion: '1.1.0',
    name: 'net',
    Type: 'bridge',
    BRIDGE: 'br7',
    isdefaultgateway: true,
    IPMasq: true,
    IPAM: { Type: 'host-local', Ranges: [[{ Subnet: '10.1.0.0/24', RangeStart: '10.1.0.50' }]] },
    runtimeConfig: {
      portMappings: [{ HostPort: 8080, ContainerPort: 80, Protocol: 'TCP', HostIP: '127.0.0.1' }],
    },
  };
  const { interfaces, ips, routes } = cni.add('c1', config, { plugin: 'bridge' });
  expect(interfaces?.[0]?.name).toBe('br7');
  expect(ips?.[0]?.address).toBe('10.1.0.50/24');
  expect(routes).toEqual([{ dst: '0.0.0.0/0', gw: '10.1.0.1' }]);
});

test('what a runtime sends beside the specification does no harm', ({ cni }) => {
  const config = {
    ...bridgeConfig(),
    capabilities: { portMappings: true },
    'cni.dev/other': 1,
    keepMe: { unknown: true },
    args: null,
    runtimeConfig: { cgroupPath: '/kubepods', portMappings: null },
  };
  cni.add('c1', config, { env: { CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web', TRACEPARENT: '00-0-0-00' } });
});
