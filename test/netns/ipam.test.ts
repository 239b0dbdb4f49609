// Where addresses come from: tsnet's own pools, and the IPAM plugins of others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import { bridgeConfig, test } from './fixture.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linksOf, routesOf } from './look.ts';
import { readStore } from './store.ts';

function withIpam(ipam: object, keys: object = {}): Record<string, unknown> {
  return bridgeConfig({ ipam, ...keys });
}

for (const type of ['tsnet', 'host-local']) {
  test(`${type}: subnet, range, gateway and routes`, ({ lab, cni }) => {
    const config = withIpam(
      {
        type,
        subnet: '10.1.0.0/24',
        rangeStart: '10.1.0.20',
        rangeEnd: '10.1.0.21',
        gateway: '10.1.0.254',
        routes: [{ dst: '203.0.113.0/24' }, { dst: '198.51.100.0/24', gw: '10.1.0.9' }],
      },
      { isDefaultGateway: false, isGateway: true },
    );
    expect(cni.add('c1', config).ips).toEqual([
      { interface: 2, address: '10.1.0.20/24', gateway: '10.1.0.254' },
    ]);
    expect(routesOf(lab, 'c1', 4)).toEqual([
      expect.objectContaining({ dst: '10.1.0.0/24' }),
      expect.objectContaining({ dst: '198.51.100.0/24', gateway: '10.1.0.9' }),
      expect.objectContaining({ dst: '203.0.113.0/24', gateway: '10.1.0.254' }),
    ]);
    expect(cni.add('c2', config).ips?.[0]?.address).toBe('10.1.0.21/24');
    lab.container('c3');
    const { code, msg } = cni.fail('ADD', 'c3', config);
    expect(code).toBe(101);
    expect(msg).toContain('10.1.0.20-10.1.0.21');
    cni.del('c1', config);
    expect(cni.add('c3', config).ips?.[0]?.address).toBe('10.1.0.20/24');
  });
}

test('addresses asked for: runtimeConfig.ips, args.cni.ips, CNI_ARGS', ({ cni }) => {
  const ips = (name: string, config: Record<string, unknown>, env = {}): string[] =>
    (cni.add(name, config, { env }).ips ?? []).map(({ address }) => address);
  expect(ips('c1', bridgeConfig({ runtimeConfig: { ips: ['10.1.0.7', 'fd00:1::7/64'] } }))).toEqual([
    '10.1.0.7/24',
    'fd00:1::7/64',
  ]);
  expect(ips('c2', bridgeConfig({ args: { cni: { ips: ['10.1.0.8'] } } }))[0]).toBe('10.1.0.8/24');
  expect(ips('c3', bridgeConfig(), { CNI_ARGS: 'IP=10.1.0.9' })[0]).toBe('10.1.0.9/24');
});

test('runtimeConfig.ipRanges', ({ cni }) => {
  const ipRanges = [[{ subnet: '10.5.0.0/24' }]];
  const { ips } = cni.add('c1', withIpam({ type: 'host-local' }, { runtimeConfig: { ipRanges } }));
  expect(ips?.map(({ address }) => address)).toEqual(['10.5.0.2/24']);
});

/** An IPAM plugin that notes how it is called. With a file `fail` beside it, its ADD fails. */
function writeRecorder(lab: Lab): { env: NodeJS.ProcessEnv; calls: () => string[] } {
  const log = join(lab.folder, 'calls');
  const script = `#!/bin/sh
config=$(cat)
case "$config" in *'"keepMe":"as it is"'*) kept=config ;; esac
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $kept" >> "${log}"
[ "$CNI_COMMAND" = ADD ] || exit 0
if [ -e "${join(lab.folder, 'fail')}" ]; then
  echo '{"cniVersion":"1.1.0","code":142,"msg":"no address today","details":"come again"}'
  exit 1
fi
echo '{"cniVersion":"1.1.0","ips":[{"address":"10.6.0.5/24","gateway":"10.6.0.1"}],"routes":[{"dst":"203.0.113.0/24"}],"dns":{"nameservers":["10.6.0.1"]}}'
`;
  writeFileSync(join(lab.folder, 'recorder'), script, { mode: 0o755 });
  return {
    env: { CNI_PATH: `${cniFolder}:${lab.folder}` },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
}

const foreign = withIpam({ type: 'recorder', keepMe: 'as it is' });

test("another's IPAM is not asked for an endpoint that is there, nor for the host's own namespace", ({
  lab,
  cni,
}) => {
  const { env, calls } = writeRecorder(lab);
  cni.add('c1', foreign, { env });
  expect(cni.fail('ADD', 'c1', foreign, { env }).code).toBe(104);
  expect(cni.fail('ADD', 'c2', foreign, { env: { ...env, CNI_NETNS: '/proc/self/ns/net' } }).code).toBe(8);
  expect(calls()).toEqual(['ADD c1 eth0 config']);
});

test("another's IPAM: its addresses, routes and dns; ADD, CHECK and DEL are passed on", ({ lab, cni }) => {
  const { env, calls } = writeRecorder(lab);
  const result = cni.add('c1', foreign, { env });
  expect(result).toMatchObject({
    ips: [{ interface: 2, address: '10.6.0.5/24', gateway: '10.6.0.1' }],
    routes: [{ dst: '203.0.113.0/24' }, { dst: '0.0.0.0/0' }],
    dns: { nameservers: ['10.6.0.1'] },
  });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.6.0.5/24']);
  expect(cni.call('CHECK', 'c1', foreign, { env })).toMatchObject({ status: 0, stdout: '' });
  cni.del('c1', foreign, { env });
  expect(calls()).toEqual(['ADD c1 eth0 config', 'CHECK c1 eth0 config', 'DEL c1 eth0 config']);
});

test("another's IPAM gets a DEL when ADD fails after it", ({ lab, cni }) => {
  const { env, calls } = writeRecorder(lab);
  lab.container('c1');
  lab.shell('c1', 'ip link add eth0 type bridge');
  expect(cni.fail('ADD', 'c1', foreign, { env }).code).toBe(104);
  expect(calls()).toEqual(['ADD c1 eth0 config', 'DEL c1 eth0 config']);
  expect(readStore(lab).lease).toEqual([]);
  lab.shell('c1', 'ip link del eth0');
});

test("another's IPAM gets a DEL when its own ADD fails, and its error is told as it is", ({ lab, cni }) => {
  const { env, calls } = writeRecorder(lab);
  lab.container('c1');
  writeFileSync(join(lab.folder, 'fail'), '');
  expect(cni.fail('ADD', 'c1', foreign, { env })).toMatchObject({
    code: 142,
    msg: 'no address today',
    details: 'come again',
  });
  expect(calls()).toEqual(['ADD c1 eth0 config', 'DEL c1 eth0 config']);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});

test("another's IPAM that gives an address somebody holds is refused", ({ lab, cni }) => {
  const { env } = writeRecorder(lab);
  cni.add('c1', foreign, { env });
  lab.container('c2');
  expect(cni.fail('ADD', 'c2', foreign, { env })).toMatchObject({
    code: 102,
    msg: '10.6.0.5 is held by another endpoint of network "net"',
  });
});

const STATIC = '/usr/lib/cni/static';

test('the reference plugin "static"', ({ lab, cni, skip }) => {
  if (!existsSync(STATIC)) skip(`${STATIC} is missing (Debian: containernetworking-plugins)`);
  const config = withIpam(
    {
      type: 'static',
      addresses: [
        { address: '10.6.0.9/24', gateway: '10.6.0.1' },
        { address: 'fd00:6::9/64', gateway: 'fd00:6::1' },
      ],
      routes: [{ dst: '0.0.0.0/0' }],
    },
    { cniVersion: '1.0.0' },
  );
  const env = { CNI_PATH: dirname(STATIC) };
  const prevResult = cni.add('c1', config, { env });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.6.0.9/24', 'fd00:6::9/64']);
  expect(cni.call('CHECK', 'c1', { ...config, prevResult }, { env })).toMatchObject({
    status: 0,
    stdout: '',
  });
  cni.del('c1', config, { env });
});
