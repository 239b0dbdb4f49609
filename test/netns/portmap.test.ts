// The portmap plugin behind our bridge, and behind the reference's.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf } from './look.ts';
import { isSilent, reach } from './reach.ts';
import { readStore } from './store.ts';

const REFERENCE = '/usr/lib/cni/bridge';
const portmap = { plugin: 'portmap' };

function mapped(prevResult: unknown, ...portMappings: object[]): Record<string, unknown> {
  const runtimeConfig = { portMappings };
  return {
    cniVersion: '0.4.0',
    name: 'net',
    type: 'portmap',
    snat: true,
    backend: 'iptables',
    runtimeConfig,
    prevResult,
  };
}

const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };
const local = { hostPort: 8081, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' };
const bridge = bridgeConfig({ cniVersion: '0.4.0' });

function publish(
  cni: Cni,
  name: string,
  prevResult: ResultJson,
  ...ports: object[]
): Record<string, unknown> {
  const config = mapped(prevResult, ...ports);
  const outcome = cni.call('ADD', name, config, portmap);
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toEqual(prevResult);
  return config;
}

async function expectAnswers(lab: Lab): Promise<void> {
  await lab.serve('c1', 80);
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toBe(`c1 ${outside}`);
    expect(reach(lab, 'c1', { address: host, port: 8080 })).toMatch(/^c1 /);
    expect(reach(lab, HOST, { address: family === 4 ? '127.0.0.1' : '::1', port: 8080 })).toMatch(/^c1 /);
  }
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081 })).toMatch(/^c1 /);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toBe(true);
}

test('behind our bridge: answers everywhere, is checked, goes before the bridge without a trace', async ({
  lab,
  cni,
}) => {
  lab.addOutside();
  const config = publish(cni, 'c1', cni.add('c1', bridge), web, local);
  await expectAnswers(lab);
  expect(cni.call('CHECK', 'c1', config, portmap).status).toBe(0);
  lab.exec(HOST, ['nft', 'flush', 'map', 'inet', 'tsnet', 'any_ports4']);
  expect(cni.fail('CHECK', 'c1', config, portmap)).toMatchObject({ code: 105 });
  cni.call('DEL', 'c1', config, portmap);
  expect(cni.call('CHECK', 'c1', bridge).status).toBe(0);
  expect(elementsOf(lab)['any_ports6']).toEqual([]);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(true);
  cni.del('c1', bridge);
  expect(findLeftovers(lab, ['lo', 'up0'])).toEqual([]);
});

test("behind the reference's bridge: the same", async ({ lab, cni, ownLinks, skip }) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  lab.addOutside();
  lab.container('c1');
  const config = bridgeConfig({
    cniVersion: '0.4.0',
    ipMasq: false,
    ipam: { ...(bridge['ipam'] as object), dataDir: join(lab.folder, 'networks') },
  });
  const reference = (verb: string): string => {
    const env = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/c1',
      CNI_IFNAME: 'eth0',
      CNI_PATH: '/usr/lib/cni',
    };
    return lab.attempt(HOST, [REFERENCE], env, JSON.stringify(config)).stdout;
  };
  const ports = publish(cni, 'c1', JSON.parse(reference('ADD')) as ResultJson, web, local);
  await expectAnswers(lab);
  for (let times = 0; times < 2; times++)
    expect(cni.call('DEL', 'c1', ports, portmap)).toMatchObject({ status: 0, stdout: '' });
  expect(reference('DEL')).toBe('');
});

test('without port mappings it passes the result on and records nothing', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  const config = publish(cni, 'c1', result);
  expect(readStore(lab).endpoint).toHaveLength(1);
  expect(cni.call('CHECK', 'c1', config, portmap).status).toBe(0);
});

test('DEL of what was never added leaves the endpoint alone; GC takes both', ({ lab, cni }) => {
  const config = publish(cni, 'c1', cni.add('c1', bridge), web);
  cni.call('DEL', 'c2', config, portmap);
  cni.call('DEL', 'c1', { ...config, name: 'other' }, portmap);
  expect(readStore(lab).endpoint).toHaveLength(2);
  const keep = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
  expect(
    cni.call('GC', 'c1', { ...config, cniVersion: '1.1.0', prevResult: undefined, ...keep }, portmap).status,
  ).toBe(0);
  expect(readStore(lab).endpoint).toHaveLength(2);
  const none = { 'cni.dev/valid-attachments': [] };
  expect(
    cni.call('GC', 'c1', { ...config, cniVersion: '1.1.0', prevResult: undefined, ...none }, portmap).status,
  ).toBe(0);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

describe('how ports are published', () => {
  const { host, outside } = OUTSIDE[4];
  const client = (lab: Lab) => reach(lab, OUTSIDE.name, { address: host, port: 8080 });
  const isShut = (lab: Lab) => isSilent(lab, OUTSIDE.name, { address: host, port: 8080 });

  /** Publishes port 8080 of c1 with these keys, calls `look`, and holds that CHECK covers it and DEL leaves nothing. */
  async function with8080(lab: Lab, cni: Cni, keys: object, set: string, look: () => void): Promise<void> {
    lab.addOutside();
    const config = { ...mapped(cni.add('c1', bridge), web), ...keys };
    cni.add('c1', config, { ...portmap, ifname: 'eth0' });
    await lab.serve('c1', 80);
    look();
    expect(cni.call('CHECK', 'c1', config, portmap)).toMatchObject({ status: 0, stdout: '' });
    lab.exec(HOST, ['nft', 'flush', set.includes('ports') ? 'map' : 'set', 'inet', 'tsnet', set]);
    expect(cni.fail('CHECK', 'c1', config, portmap).msg).toContain(`set "${set}"`);
    lab.exec(HOST, ['nft', 'flush', 'ruleset']);
    const third = bridgeConfig();
    cni.add('c3', third);
    expect(cni.call('CHECK', 'c1', config, portmap)).toMatchObject({ status: 0, stdout: '' });
    look();
    cni.del('c3', third);
    expect(cni.call('DEL', 'c1', config, portmap)).toMatchObject({ status: 0, stdout: '' });
    expect(elementsOf(lab)[set]).toEqual([]);
  }

  test('masqAll hides who calls', ({ lab, cni }) =>
    with8080(lab, cni, { masqAll: true }, 'hidden4', () => {
      expect(client(lab)).toBe('c1 10.1.0.1');
    }));

  test('snat false shows who calls, and is not there for the loopback', ({ lab, cni }) =>
    with8080(lab, cni, { snat: false }, 'visible4', () => {
      expect(client(lab)).toBe(`c1 ${outside}`);
      expect(isSilent(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe(true);
      expect(isSilent(lab, 'c1', { address: host, port: 8080 })).toBe(true);
    }));

  const open = [
    ['-d', `${host}/24`],
    ['!', '-d', '198.51.100.0/24'],
    ['-s', outside],
    ['!', '-s', '10.0.0.0/8', '-i', 'up0'],
    ['ip saddr 192.0.2.0/24', 'iifname "up*"'],
  ];
  const shut = [
    ['-d', '198.51.100.0/24'],
    ['!', '-d', host],
    ['-s', '10.0.0.0/8'],
    ['!', '-s', '192.0.2.0/24'],
    ['-i', 'up1'],
    ['-i', 'other+', '-s', outside],
    ['ip', 'saddr', '!=', outside],
  ];
  for (const conditionsV4 of open) {
    const set = conditionsV4.join(' ').match(/-i |iifname/) ? 'interface_ports4' : 'conditional_ports4';
    test(`conditions ${conditionsV4.join(' ')}: open for the one outside`, ({ lab, cni }) =>
      with8080(lab, cni, { conditionsV4 }, set, () => {
        expect(client(lab)).toBe(`c1 ${outside}`);
      }));
  }
  for (const conditionsV4 of shut) {
    const set = conditionsV4.includes('-i') ? 'interface_ports4' : 'conditional_ports4';
    test(`conditions ${conditionsV4.join(' ')}: shut`, ({ lab, cni }) =>
      with8080(lab, cni, { conditionsV4 }, set, () => {
        expect(isShut(lab)).toBe(true);
      }));
  }

  test('conditions ! -i up0: shut for the one outside, open for the host', ({ lab, cni }) =>
    with8080(lab, cni, { conditionsV4: ['!', '-i', 'up0'] }, 'exceptions4', () => {
      expect(isShut(lab)).toBe(true);
      expect(reach(lab, HOST, { address: host, port: 8080 })).toBe(`c1 ${host}`);
    }));

  test('conditionsV6 is for IPv6 alone', ({ lab, cni }) =>
    with8080(lab, cni, { conditionsV6: ['!', '-s', '2001:db8::/64'] }, 'conditional_ports6', () => {
      expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe(true);
      expect(client(lab)).toBe(`c1 ${outside}`);
      expect(reach(lab, HOST, { address: '::1', port: 8080 })).toMatch(/^c1 /);
    }));
});

describe('bad input', () => {
  test('not chained, keys that are not acted on, a port that is taken', ({ lab, cni }) => {
    const result = cni.add('c1', bridge);
    const fails = (config: object) => cni.fail('ADD', 'c1', config as Record<string, unknown>, portmap);
    expect(fails(mapped(undefined, web))).toMatchObject({ code: 7, msg: 'must be called as chained plugin' });
    expect(fails({ ...mapped(result, web), conditionsV4: ['-m', 'mark', '--mark', '1'] })).toMatchObject({
      code: 2,
      msg: expect.stringMatching(/^conditionsV4 \["-m","mark","--mark","1"\]: not supported/) as string,
    });
    expect(fails({ ...mapped(result, web), backend: 'ebpf' })).toMatchObject({ code: 7 });
    expect(fails({ ...mapped(result, web), markMasqBit: 32 })).toMatchObject({ code: 7 });
    expect(fails({ ...mapped(result, web), markMasqBit: 3, externalSetMarkChain: 'X' })).toMatchObject({
      code: 7,
      msg: expect.stringContaining('Cannot specify externalSetMarkChain and markMasqBit') as string,
    });
    expect(fails(mapped(result, { ...web, hostPort: 0 }))).toMatchObject({ code: 7 });
    const config = publish(cni, 'c1', result, web);
    const other = cni.add('c2', bridge);
    expect(cni.fail('ADD', 'c2', mapped(other, web), portmap)).toMatchObject({
      code: 103,
      msg: 'host port 0.0.0.0:8080/tcp is already published by net/c1/eth0:portmap',
    });
    expect(readStore(lab).endpoint).toHaveLength(3);
    cni.call('DEL', 'c1', config, portmap);
  });
});
