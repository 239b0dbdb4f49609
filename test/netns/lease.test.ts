// The plugins host-local and static, as plugins of others call them: any namespace, no interface, the same pools as bridge's.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import type { Cni } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf } from './look.ts';
import { readStore } from './store.ts';

const silent = { status: 0, stdout: '', stderr: '' };
const pool = { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]] };

// As a delegate is called: with the whole configuration of the plugin that asks.
function asked(ipam: object, keys: object = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'net', type: 'macvlan', master: 'up0', ipam, ...keys };
}

const hostLocal = { plugin: 'host-local', netns: '/nothing/there' };
const fixed = { plugin: 'static', netns: '/nothing/there' };

function give(cni: Cni, container: string, keys: object = {}, env: NodeJS.ProcessEnv = {}): string[] {
  const { ips = [] } = cni.add(container, asked(pool, keys), { ...hostLocal, env });
  return ips.map(({ address }) => address);
}

test('host-local: addresses without an interface, routes and dns; nothing in the kernel', ({ lab, cni }) => {
  const resolvConf = join(lab.folder, 'resolv.conf');
  writeFileSync(resolvConf, 'nameserver 10.1.0.1\nsearch example.org\n');
  const ipam = {
    ...pool,
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.1.0.9' }],
    resolvConf,
  };
  expect(cni.add('c1', asked(ipam), hostLocal)).toEqual({
    cniVersion: '1.1.0',
    ips: [
      { address: '10.1.0.2/24', gateway: '10.1.0.1' },
      { address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    ],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.1.0.9' }],
    dns: { nameservers: ['10.1.0.1'], search: ['example.org'] },
  });
  expect(cni.call('CHECK', 'c1', asked(ipam), hostLocal)).toMatchObject(silent);
  expect(lab.exec(HOST, ['nft', 'list', 'tables'])).toBe('');
  for (let times = 0; times < 2; times++) cni.del('c1', asked(ipam), { ...hostLocal, netns: '' });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('host-local: the form of older versions; more than one address of a family needs 0.3.0', ({ cni }) => {
  const config = asked(pool, { cniVersion: '0.2.0' });
  expect(cni.add('c1', config, hostLocal)).toEqual({
    cniVersion: '0.2.0',
    ip4: { ip: '10.1.0.2/24', gateway: '10.1.0.1' },
    ip6: { ip: 'fd00:1::2/64', gateway: 'fd00:1::1' },
    dns: {},
  });
  const two = { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: '10.2.0.0/24' }]] };
  expect(cni.fail('ADD', 'c2', asked(two, { cniVersion: '0.2.0' }), hostLocal)).toMatchObject({
    code: 7,
    msg: expect.stringContaining('does not support more than 1 address per family') as string,
  });
});

test('bridge in process and host-local give from one pool', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig());
  expect(give(cni, 'c2')).toEqual(['10.1.0.3/24', 'fd00:1::3/64']);
  cni.add('c3', bridgeConfig());
  expect(addressesOf(lab, 'c3', 'eth0')).toEqual(['10.1.0.4/24', 'fd00:1::4/64']);
  const taken = bridgeConfig({ runtimeConfig: { ips: ['10.1.0.3'] } });
  expect(cni.fail('ADD', 'c4', taken, { netns: lab.container('c4') })).toMatchObject({
    code: 102,
    msg: expect.stringContaining('10.1.0.3 has been allocated to c2') as string,
  });
  expect(give(cni, 'c5', { name: 'other' })[0]).toBe('10.1.0.2/24');
});

test('addresses asked for: runtimeConfig.ips before args.cni.ips before CNI_ARGS', ({ cni }) => {
  const args = { cni: { ips: ['10.1.0.8'] } };
  const env = { CNI_ARGS: 'IP=10.1.0.9' };
  expect(give(cni, 'c1', { args, runtimeConfig: { ips: ['10.1.0.7', 'fd00:1::7'] } }, env)).toEqual([
    '10.1.0.7/24',
    'fd00:1::7/64',
  ]);
  expect(give(cni, 'c2', { args }, env)[0]).toBe('10.1.0.8/24');
  expect(give(cni, 'c3', {}, env)[0]).toBe('10.1.0.9/24');
  const ipRanges = [[{ subnet: '10.5.0.0/24' }]];
  const config = asked({ type: 'host-local' }, { runtimeConfig: { ipRanges } });
  expect(cni.add('c4', config, hostLocal).ips?.[0]?.address).toBe('10.5.0.2/24');
});

describe('what cannot be given', () => {
  const small = asked({ type: 'host-local', subnet: '10.1.0.0/30' });
  const fails = (cni: Cni, name: string, config: Record<string, unknown>, args = ''): object =>
    cni.fail('ADD', name, config, { ...hostLocal, env: { CNI_ARGS: args } });
  const saying = (code: number, text: string): object => ({
    code,
    msg: expect.stringContaining(text) as string,
  });

  test('host-local says so in the words of the reference, and holds nothing', ({ lab, cni }) => {
    cni.add('c1', small, hostLocal);
    expect(fails(cni, 'c1', small)).toMatchObject({
      code: 104,
      msg: '10.1.0.2 has been allocated to c1, duplicate allocation is not allowed',
    });
    expect(fails(cni, 'c2', small)).toMatchObject(
      saying(101, 'no IP addresses available in range set: 10.1.0.1-10.1.0.2'),
    );
    expect(fails(cni, 'c2', small, 'IP=10.1.0.2')).toMatchObject(
      saying(102, 'requested IP address 10.1.0.2 is not available in range set 10.1.0.1-10.1.0.2'),
    );
    const roomy = asked({ type: 'host-local', subnet: '10.1.0.0/24' });
    expect(fails(cni, 'c2', roomy, 'IP=10.9.0.1')).toMatchObject(
      saying(7, 'failed to allocate all requested IPs: 10.9.0.1'),
    );
    expect(fails(cni, 'c2', roomy, 'FOO=1')).toMatchObject(saying(999, 'ARGS: unknown args ["FOO=1"]'));
    expect(fails(cni, 'c2', { cniVersion: '1.1.0', name: 'net' })).toMatchObject(
      saying(7, "IPAM config missing 'ipam' key"),
    );
    expect(fails(cni, 'c2', asked({ type: 'host-local', subnet: '10.1.0.0/31' }))).toMatchObject(
      saying(7, 'Network 10.1.0.0/31 too small to allocate from'),
    );
    expect(readStore(lab).endpoint).toHaveLength(1);
    expect(readStore(lab).lease).toHaveLength(1);
  });

  test('host-local does not give to whom bridge gave in process', ({ cni }) => {
    cni.add('c1', bridgeConfig());
    expect(fails(cni, 'c1', asked(pool))).toMatchObject(saying(104, 'has been allocated to c1'));
    expect(give(cni, 'c1', { name: 'second' })).toHaveLength(2);
  });

  test('STATUS tells 50 when a pool is exhausted', ({ cni }) => {
    expect(cni.call('STATUS', 'c1', small, hostLocal)).toMatchObject(silent);
    cni.add('c1', small, hostLocal);
    expect(cni.fail('STATUS', 'c2', small, hostLocal)).toMatchObject(saying(50, 'no IP addresses available'));
  });
});

test('CHECK fails when the lease is gone, and for whom nothing was given', ({ lab, cni }) => {
  const config = asked(pool);
  give(cni, 'c1');
  expect(cni.fail('CHECK', 'c2', config, hostLocal)).toMatchObject({ code: 105 });
  const file = readdirSync(lab.runDir).find((name) => name.endsWith('.db')) ?? '';
  const db = new DatabaseSync(join(lab.runDir, file));
  db.exec('DELETE FROM lease WHERE length(address) = 4');
  db.close();
  expect(cni.fail('CHECK', 'c1', config, hostLocal)).toMatchObject({
    code: 105,
    msg: 'endpoint net/c1/eth0:ipam: address 10.1.0.2/24 is not leased to it any more',
  });
});

test('GC frees what is not listed, of its network alone', ({ lab, cni }) => {
  for (const name of ['c1', 'c2']) give(cni, name);
  give(cni, 'c3', { name: 'other' });
  const keep = { 'cni.dev/valid-attachments': [{ containerID: 'c2', ifname: 'eth0' }] };
  expect(cni.call('GC', 'c1', asked(pool, keep), hostLocal)).toMatchObject(silent);
  expect(readStore(lab).endpoint.map(({ container }) => container)).toEqual(['c2', 'c3']);
});

test('an ADD that is killed leaves what DEL takes away', async ({ lab, cni }) => {
  for (let after = 1; after < 16; after += 2) {
    const { child, outcome } = cni.start('ADD', 'c1', asked(pool), hostLocal);
    setTimeout(() => child.kill('SIGKILL'), 4 * after);
    await outcome;
    cni.del('c1', asked(pool), hostLocal);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  }
});

test('30 at the same time get 30 addresses', async ({ cni }) => {
  const names = Array.from({ length: 30 }, (_, at) => `c${at}`);
  for (const name of names) cni.attached(name, asked(pool), hostLocal);
  const outcomes = await Promise.all(
    names.map(async (name) => cni.start('ADD', name, asked(pool), hostLocal).outcome),
  );
  const addresses = outcomes.map(({ stdout }) => /"address":"(10[^"]+)"/.exec(stdout)?.[1]);
  expect(new Set(addresses).size).toBe(30);
  expect(addresses).not.toContain(undefined);
});

describe("the reference's own files", () => {
  function old(lab: Lab): { config: Record<string, unknown>; names: () => string[] } {
    const held = join(lab.folder, 'networks', 'net');
    mkdirSync(held, { recursive: true });
    writeFileSync(join(held, '10.1.0.2'), 'old1\r\neth0');
    writeFileSync(join(held, '10.1.0.3'), 'old2');
    writeFileSync(join(held, 'last_reserved_ip.0'), '10.1.0.3');
    const dataDir = join(lab.folder, 'networks');
    const config = asked({ type: 'host-local', subnet: '10.1.0.0/24', dataDir });
    return { config, names: () => readdirSync(held) };
  }

  test('are honoured, are right for CHECK, and are released by DEL', ({ lab, cni }) => {
    const { config, names } = old(lab);
    expect(cni.add('c1', config, hostLocal).ips?.[0]?.address).toBe('10.1.0.4/24');
    expect(cni.call('CHECK', 'old1', config, hostLocal)).toMatchObject(silent);
    cni.del('old1', config, { ...hostLocal, ifname: 'eth1' });
    expect(names()).toContain('10.1.0.2');
    cni.del('old1', config, hostLocal);
    expect(names()).toEqual(['10.1.0.3', 'last_reserved_ip.0']);
    cni.del('old2', config, hostLocal);
    expect(names()).toEqual(['last_reserved_ip.0']);
    expect(cni.fail('CHECK', 'old1', config, hostLocal)).toMatchObject({ code: 105 });
  });

  for (const [plugin, keys] of [
    ['host-local', {}],
    ['bridge', { bridge: 'cni0' }],
  ] as const) {
    test(`are released by GC of ${plugin}, but for those that are listed`, ({ lab, cni }) => {
      const { config, names } = old(lab);
      const keep = { 'cni.dev/valid-attachments': [{ containerID: 'old2', ifname: 'eth0' }] };
      expect(cni.call('GC', 'c1', { ...config, ...keys, ...keep }, { plugin })).toMatchObject(silent);
      expect(names()).toEqual(['10.1.0.3', 'last_reserved_ip.0']);
    });
  }
});

const REFERENCE = '/usr/lib/cni/bridge';

test("the reference's bridge asks ours; when bridge is ours, too, its DEL frees the addresses", ({
  lab,
  cni,
  ownLinks,
  skip,
}) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  const config = bridgeConfig({ cniVersion: '1.0.0', ipMasq: false });
  const reference = (verb: string, name: string): string => {
    const env = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: name,
      CNI_NETNS: lab.container(name),
      CNI_IFNAME: 'eth0',
      CNI_PATH: cniFolder,
      TSNET_RUN_DIR: lab.runDir,
      TSNET_STATE_DIR: lab.stateDir,
    };
    const { status, stdout } = lab.attempt(HOST, [REFERENCE], env, JSON.stringify(config));
    expect([status, stdout]).toEqual([0, expect.any(String)]);
    return stdout;
  };
  expect(reference('ADD', 'c1')).toContain('10.1.0.2/24');
  expect(reference('ADD', 'c2')).toContain('10.1.0.3/24');
  expect(readStore(lab).lease).toHaveLength(4);
  reference('DEL', 'c1');
  expect(readStore(lab).lease).toHaveLength(2);
  cni.del('c2', config);
  expect(findLeftovers(lab, ownLinks)).toEqual([]);
});

describe('static', () => {
  const addresses = [
    { address: '10.6.0.9/24', gateway: '10.6.0.1' },
    { address: 'fd00:6::9/64', gateway: 'fd00:6::1' },
  ];
  const ipam = {
    type: 'static',
    addresses,
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    dns: { nameservers: ['10.6.0.1'] },
  };

  test('gives what the configuration names, and holds it until DEL', ({ lab, cni }) => {
    const { addresses: ips, routes, dns } = ipam;
    expect(cni.add('c1', asked(ipam), fixed)).toEqual({ cniVersion: '1.1.0', ips, routes, dns });
    expect(cni.call('CHECK', 'c1', asked(ipam), fixed)).toMatchObject(silent);
    expect(cni.call('STATUS', 'c1', asked({ type: 'static' }), fixed)).toMatchObject(silent);
    expect(cni.fail('ADD', 'c2', asked(ipam), fixed)).toMatchObject({
      code: 102,
      msg: '10.6.0.9 is held by another endpoint of network "net"',
    });
    for (let times = 0; times < 2; times++) cni.del('c1', asked(ipam), { ...fixed, netns: '' });
    cni.add('c2', asked(ipam), fixed);
    const none = { 'cni.dev/valid-attachments': [] };
    expect(cni.call('GC', 'c1', asked(ipam, none), fixed)).toMatchObject(silent);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('addresses of the runtime, of args and of CNI_ARGS', ({ cni }) => {
    const given = (name: string, keys: object, args = ''): unknown =>
      cni.add(name, asked(ipam, keys), { ...fixed, env: { CNI_ARGS: args } }).ips;
    const one = (address: string): object[] => [{ address }];
    const args = { cni: { ips: ['10.6.0.11/24'] } };
    expect(given('c1', { args, runtimeConfig: { ips: ['10.6.0.10/24'] } })).toEqual(one('10.6.0.10/24'));
    expect(given('c2', { args })).toEqual(one('10.6.0.11/24'));
    expect(given('c3', {}, 'IP=10.6.0.12/24;GATEWAY=10.6.0.254')).toEqual([
      ...addresses,
      { address: '10.6.0.12/24', gateway: '10.6.0.254' },
    ]);
    expect(cni.fail('ADD', 'c4', asked(ipam), { ...fixed, env: { CNI_ARGS: 'IP=10.6.0.13' } })).toMatchObject(
      {
        code: 7,
        msg: "the 'ip' field is expected to be in CIDR notation, got: '10.6.0.13'",
      },
    );
  });

  test('in process for bridge: the interface has the addresses, the routes are laid', ({ lab, cni }) => {
    const config = bridgeConfig({ ipam });
    const { ips, dns } = cni.add('c1', config);
    expect(ips).toEqual(addresses.map((one) => ({ interface: 2, ...one })));
    expect(dns).toEqual(ipam.dns);
    expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.6.0.9/24', 'fd00:6::9/64']);
    expect(cni.call('CHECK', 'c1', config).status).toBe(0);
    expect(cni.fail('ADD', 'c2', config, { netns: lab.container('c2') })).toMatchObject({ code: 102 });
    expect(
      cni.fail('ADD', 'c3', bridgeConfig({ ipam: { type: 'static' } }), { netns: '/run/netns/c2' }),
    ).toMatchObject({ code: 999, msg: 'IPAM plugin "static" returned missing IP config' });
  });
});

test('the store may be lost: DEL succeeds, CHECK tells', ({ lab, cni }) => {
  give(cni, 'c1');
  rmSync(lab.runDir, { recursive: true });
  expect(cni.fail('CHECK', 'c1', asked(pool), hostLocal)).toMatchObject({
    code: 105,
    msg: 'endpoint net/c1/eth0:ipam: it is not on record as attached',
  });
});
