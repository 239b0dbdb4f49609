// The tuning plugin behind our bridge.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { linkOf, sysctlOf } from './look.ts';
import { ping } from './reach.ts';
import { readStore } from './store.ts';

const bridge = bridgeConfig();
const MAC = '02:11:22:33:44:55';
const FORWARDING = 'ipv4/conf/eth0/forwarding';
const PORTS = 'ipv4/ip_local_port_range';
const ALL = {
  sysctl: { 'net.ipv4.conf.IFNAME.forwarding': '1', 'net/ipv4/ip_local_port_range': '1024 65000' },
  mac: MAC,
  mtu: 1400,
  promisc: true,
  allmulti: true,
  txQLen: 77,
};

type Config = Record<string, unknown>;

function tuned(prevResult: unknown, keys: object = ALL): Config {
  return { cniVersion: '1.1.0', name: 'net', type: 'tuning', dataDir: '/nowhere', ...keys, prevResult };
}

function tune(cni: Cni, config: Config, options = {}): ResultJson {
  const { status, stdout, stderr } = cni.call('ADD', 'c1', config, options);
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(stdout) as ResultJson;
}

function isSilentSuccess(cni: Cni, verb: string, config: Config, options = {}): void {
  expect(cni.call(verb, 'c1', config, options)).toMatchObject({ status: 0, stdout: '', stderr: '' });
}

/** All that tuning may change. */
function settings(lab: Lab): object {
  const { address, mtu, txqlen, flags } = linkOf(lab, 'c1', 'eth0');
  const special = flags.filter((flag) => flag === 'PROMISC' || flag === 'ALLMULTI').sort();
  const sysctls = [FORWARDING, PORTS].map((path) => sysctlOf(lab, 'c1', path));
  return { address, mtu, txqlen, special, sysctls };
}

test('all is changed and told, CHECK is content, traffic flows, DEL puts it back', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  const before = settings(lab);
  const ofHost = sysctlOf(lab, HOST, PORTS);
  const config = tuned(result);
  const [cni0, veth, eth0] = result.interfaces ?? [];
  expect(tune(cni, config)).toEqual({
    ...result,
    interfaces: [cni0, veth, { ...eth0, mac: MAC, mtu: 1400 }],
  });
  expect(settings(lab)).toEqual({
    address: MAC,
    mtu: 1400,
    txqlen: 77,
    special: ['ALLMULTI', 'PROMISC'],
    sysctls: ['1', '1024\t65000'],
  });
  expect(sysctlOf(lab, HOST, PORTS)).toBe(ofHost);
  for (const address of ['10.1.0.1', 'fd00:1::1']) expect(ping(lab, 'c1', address)).toBe(true);
  for (const one of [config, bridge]) isSilentSuccess(cni, 'CHECK', one);
  expect(cni.fail('ADD', 'c1', config)).toMatchObject({ code: 104 });
  isSilentSuccess(cni, 'CHECK', config);
  for (let times = 0; times < 2; times++) isSilentSuccess(cni, 'DEL', config);
  expect(settings(lab)).toEqual(before);
  expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
});

test('nothing to change: the result is passed on, and nothing is recorded', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  for (const keys of [{}, { sysctl: {}, mtu: 0, mac: '', promisc: false }]) {
    expect(tune(cni, tuned(result, keys))).toEqual(result);
    isSilentSuccess(cni, 'CHECK', tuned(result, keys));
  }
  expect(readStore(lab).endpoint).toHaveLength(1);
});

test('who asks: args.cni, then the runtime, then CNI_ARGS, then the network', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  const [args, runtime, old, network] = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03', MAC];
  const mine = { mac: args, mtu: 1300, allmulti: true, sysctl: { 'net.ipv4.conf.eth0.forwarding': '1' } };
  const env = { CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAME=x;MAC=${old}` };
  const steps: [object, string][] = [
    [{ mac: network }, old],
    [{ mac: network, runtimeConfig: { mac: runtime } }, runtime],
    [{ mac: network, runtimeConfig: { mac: runtime }, mtu: 1400, args: { cni: mine } }, args],
  ];
  for (const [keys, mac] of steps) {
    const config = tuned(result, keys);
    tune(cni, config, { env });
    expect(linkOf(lab, 'c1', 'eth0').address).toBe(mac);
    if (mac === args)
      expect(settings(lab)).toMatchObject({
        mtu: 1300,
        special: ['ALLMULTI'],
        sysctls: ['1', '32768\t60999'],
      });
    isSilentSuccess(cni, 'DEL', config);
  }
});

test('an interface with a dot in its name', ({ lab, cni }) => {
  const options = { ifname: 'eth0.5' };
  const result = cni.add('c1', bridge, options);
  const config = tuned(result, {
    sysctl: { 'net.ipv4.conf.IFNAME.arp_filter': '1', 'net/ipv4/conf/eth0.5/arp_ignore': '2' },
  });
  tune(cni, config, options);
  expect(sysctlOf(lab, 'c1', 'ipv4/conf/eth0.5/arp_filter')).toBe('1');
  expect(sysctlOf(lab, 'c1', 'ipv4/conf/eth0.5/arp_ignore')).toBe('2');
  isSilentSuccess(cni, 'CHECK', config, options);
  isSilentSuccess(cni, 'DEL', config, options);
});

test('a setting that can be written only is written, and left out of CHECK and DEL', ({ cni }) => {
  const config = tuned(cni.add('c1', bridge), { sysctl: { 'net.ipv4.route.flush': '1' } });
  tune(cni, config);
  isSilentSuccess(cni, 'CHECK', config);
  isSilentSuccess(cni, 'DEL', config);
});

describe('CHECK tells', () => {
  const damage: [string, string, string][] = [
    ['another mac', 'ip link set eth0 address 02:00:00:00:00:09', `mac is 02:00:00:00:00:09, not ${MAC}`],
    ['another mtu', 'ip link set eth0 mtu 1450', 'mtu is 1450, not 1400'],
    ['no promisc', 'ip link set eth0 promisc off', 'promisc is false, not true'],
    ['no allmulti', 'ip link set eth0 allmulticast off', 'allmulti is false, not true'],
    ['another queue', 'ip link set eth0 txqueuelen 5', 'txQLen is 5, not 77'],
    [
      'another setting',
      `echo 0 > /proc/sys/net/${FORWARDING}`,
      'sysctl net.ipv4.conf.eth0.forwarding is 0, not 1',
    ],
    ['no interface', 'ip link delete eth0', 'interface "eth0" is missing in the sandbox'],
  ];
  for (const [what, command, words] of damage) {
    test(`${what}; DEL works all the same`, ({ lab, cni }) => {
      const config = tuned(cni.add('c1', bridge));
      tune(cni, config);
      lab.shell('c1', command);
      expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
        code: 105,
        msg: `endpoint net/c1/eth0:tuning: ${words}`,
      });
      isSilentSuccess(cni, 'DEL', config);
    });
  }
});

describe('DEL', () => {
  test('after the interface, and without a record', ({ lab, cni }) => {
    const config = tuned(cni.add('c1', bridge));
    tune(cni, config);
    cni.del('c1', bridge);
    for (let times = 0; times < 2; times++) isSilentSuccess(cni, 'DEL', config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('with the namespace gone and an empty CNI_NETNS', ({ lab, cni }) => {
    const config = tuned(cni.add('c1', bridge));
    tune(cni, config);
    lab.endContainer('c1');
    isSilentSuccess(cni, 'DEL', { ...config, prevResult: undefined }, { netns: '' });
    expect(readStore(lab).endpoint).toHaveLength(1);
  });

  test('leaves an interface alone that has taken the place of the one it tuned', ({ lab, cni }) => {
    const config = tuned(cni.add('c1', bridge), { mtu: 1400 });
    tune(cni, config);
    cni.del('c1', bridge);
    cni.add('c1', bridge);
    lab.exec('c1', ['ip', 'link', 'set', 'eth0', 'mtu', '1400']);
    isSilentSuccess(cni, 'DEL', config);
    expect(linkOf(lab, 'c1', 'eth0').mtu).toBe(1400);
  });

  test('after an ADD that was killed at any moment', async ({ lab, cni }) => {
    const config = tuned(cni.add('c1', bridge));
    const before = settings(lab);
    const states = new Set<string>();
    await killEachAdd(cni, 'c1', config, (moment) => {
      states.add(String(readStore(lab).endpoint[1]?.['state']));
      isSilentSuccess(cni, 'DEL', config);
      expect([moment, settings(lab)]).toEqual([moment, before]);
    });
    expect(states.size).toBeGreaterThan(1);
  });

  test('after the store was lost', ({ lab, cni }) => {
    const config = tuned(cni.add('c1', bridge));
    tune(cni, config);
    rmSync(lab.runDir, { recursive: true });
    isSilentSuccess(cni, 'DEL', config);
    cni.del('c1', bridge);
    cni.add('c1', bridge);
  });
});

test('GC puts back what belongs to nobody who is kept', ({ lab, cni }) => {
  const config = tuned(cni.add('c1', bridge), { mtu: 1400 });
  const collect = (...containers: string[]) => {
    const list = containers.map((containerID) => ({ containerID, ifname: 'eth0' }));
    isSilentSuccess(cni, 'GC', { ...config, prevResult: undefined, 'cni.dev/valid-attachments': list });
  };
  tune(cni, config);
  collect('c1');
  isSilentSuccess(cni, 'CHECK', config);
  collect();
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

describe('bad input changes nothing', () => {
  const key = (name: string) => ({ sysctl: { 'net.ipv4.conf.eth0.forwarding': '1', [name]: '0' } });
  const invalid = (name: string) => ({ code: 7, msg: `invalid net sysctl key: ${JSON.stringify(name)}` });
  const cases: [string, object, object][] = [
    ['a setting not of the network', key('kernel.hostname'), invalid('kernel.hostname')],
    ['a way out of net', key('net/../kernel/hostname'), invalid('net/../kernel/hostname')],
    ['the same with dots', key('net.//.kernel.hostname'), invalid('net.//.kernel.hostname')],
    ['a path', key('/net/ipv4/ip_forward'), invalid('/net/ipv4/ip_forward')],
    [
      'a setting that is not there',
      key('net.ipv4.nonsense'),
      { code: 7, msg: 'sysctl "net.ipv4.nonsense": the container\'s namespace has no such setting' },
    ],
    ['a folder', key('net.ipv4.conf'), { code: 7 }],
    [
      'a setting named twice',
      key('net/ipv4/conf/IFNAME/forwarding'),
      {
        code: 7,
        msg: 'duplicated sysctl keys are not allowed',
        details: '"net.ipv4.conf.eth0.forwarding" and "net/ipv4/conf/IFNAME/forwarding"',
      },
    ],
    [
      'a value that the kernel refuses, after one that it took',
      { sysctl: { [`net/${FORWARDING}`]: '1', [`net/${PORTS}`]: 'many' } },
      { code: 7, msg: 'sysctl "net.ipv4.ip_local_port_range": the kernel refuses it (EINVAL)' },
    ],
    ['a number', { sysctl: { 'net.ipv4.ip_forward': 1 } }, { code: 7 }],
    ['an mtu that no veth has', { ...ALL, mtu: 70000 }, { code: 7 }],
    ['a multicast mac', { ...ALL, mac: '01:00:5e:00:00:01' }, { code: 7 }],
    ['no mac', { mac: 'zz' }, { code: 7, msg: expect.stringContaining('mac "zz"') as string }],
    ['no result before', { prevResult: undefined }, { code: 7, msg: 'Required prevResult missing' }],
  ];
  for (const [what, keys, error] of cases) {
    test(what, ({ lab, cni }) => {
      const config = { ...tuned(cni.add('c1', bridge)), ...keys };
      const before = settings(lab);
      expect(cni.fail('ADD', 'c1', config)).toMatchObject(error);
      expect(settings(lab)).toEqual(before);
      expect(readStore(lab).endpoint).toHaveLength(1);
    });
  }

  test('no such interface, and unknown arguments', ({ cni }) => {
    const config = tuned(cni.add('c1', bridge));
    expect(cni.fail('ADD', 'c1', config, { ifname: 'eth7' })).toMatchObject({
      code: 7,
      msg: 'interface "eth7" is not in the container\'s namespace',
    });
    expect(cni.fail('ADD', 'c1', config, { env: { CNI_ARGS: 'FOO=BAR' } })).toMatchObject({ code: 999 });
  });
});

test("the administrator's allow-list holds", ({ lab, cni }) => {
  const list = join(lab.folder, 'allowlist.conf');
  writeFileSync(list, '\n  ^net\\.ipv4\\.conf\\.IFNAME\\.[a-z_]*$  \n^net.ipv4.tcp_\n');
  // Its own /etc, so that the machine's is not touched.
  lab.shell(
    HOST,
    // Who is not root copies what he may read.
    `cp -r /etc ${lab.folder}/etc 2>/dev/null || true; mkdir -p ${lab.folder}/etc/cni/tuning
     mv ${list} ${lab.folder}/etc/cni/tuning/ && mount --bind ${lab.folder}/etc /etc`,
  );
  const result = cni.add('c1', bridge);
  const allowed = tuned(result, {
    sysctl: { 'net.ipv4.conf.IFNAME.forwarding': '1', 'net.ipv4.tcp_ecn': '1' },
  });
  tune(cni, allowed);
  isSilentSuccess(cni, 'DEL', allowed);
  expect(cni.fail('ADD', 'c1', tuned(result))).toMatchObject({
    code: 7,
    msg:
      'Sysctl net/ipv4/ip_local_port_range is not allowed. Only the following sysctls are allowed: ' +
      '[^net\\.ipv4\\.conf\\.IFNAME\\.[a-z_]*$ ^net.ipv4.tcp_]',
  });
  const cni2 = tuned(result, { args: { cni: { sysctl: { 'net.ipv4.ip_forward': '1' } } } });
  expect(cni.fail('ADD', 'c1', cni2)).toMatchObject({ code: 7 });
  expect(readStore(lab).endpoint).toHaveLength(1);
});
