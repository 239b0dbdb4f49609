// The bandwidth plugin behind our bridge, and behind the reference's ptp.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { linkOf, linksOf, qdiscsOf } from './look.ts';
import { ping, speed } from './reach.ts';
import { readStore } from './store.ts';

const bridge = bridgeConfig();
const BOTH = { ingressRate: 8_000_000, ingressBurst: 800_000, egressRate: 16_000_000, egressBurst: 800_000 };
const PTP = '/usr/lib/cni/ptp';

type Config = Record<string, unknown>;

function limited(prevResult: unknown, keys: object = BOTH): Config {
  return { cniVersion: '1.1.0', name: 'net', type: 'bandwidth', ...keys, prevResult };
}

function limit(cni: Cni, name: string, config: Config): ResultJson {
  const { status, stdout, stderr } = cni.call('ADD', name, config);
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(stdout) as ResultJson;
}

function isSilentSuccess(cni: Cni, verb: string, name: string, config: Config, options = {}): void {
  expect(cni.call(verb, name, config, options)).toMatchObject({ status: 0, stdout: '', stderr: '' });
}

function names(lab: Lab): { veth: string; ifb: string | undefined } {
  const find = (kind: string) => linksOf(lab, HOST).find(({ linkinfo }) => linkinfo?.info_kind === kind);
  return { veth: find('veth')?.ifname ?? '', ifb: find('ifb')?.ifname };
}

/** The proof that no traffic is limited any more. */
function expectUnlimited(lab: Lab): void {
  expect(names(lab).ifb).toBeUndefined();
  expect(qdiscsOf(lab)).toEqual([]);
}

describe('behind our bridge', () => {
  test('both directions are limited, in both families, and as fast as before after DEL', async ({
    lab,
    cni,
  }) => {
    const result = cni.add('c1', bridge);
    await lab.serve('c1', 80);
    const speeds = (bytes: number): number[] => [
      speed(lab, HOST, { address: '10.1.0.2', port: 80 }, 'down', bytes),
      speed(lab, HOST, { address: 'fd00:1::2', port: 80 }, 'down', bytes),
      speed(lab, HOST, { address: '10.1.0.2', port: 80 }, 'up', bytes),
      speed(lab, HOST, { address: 'fd00:1::2', port: 80 }, 'up', bytes),
    ];
    const before = speeds(20_000_000);
    const config = limited(result);
    limit(cni, 'c1', config);
    const [sent4 = 0, sent6 = 0, received4 = 0, received6 = 0] = speeds(1_000_000);
    for (const sent of [sent4, sent6]) expect(sent).toBeLessThan(2 * 2_000_000);
    for (const received of [received4, received6]) expect(received).toBeLessThan(2 * 1_000_000);
    isSilentSuccess(cni, 'DEL', 'c1', config);
    expectUnlimited(lab);
    const after = speeds(20_000_000);
    for (const fast of [...before, ...after]) expect(fast).toBeGreaterThan(3 * Math.max(sent4, received4));
  });

  test('the result has the added link, tc the rates, the link its owner; CHECK is content', ({
    lab,
    cni,
  }) => {
    const result = cni.add('c1', bridge);
    const config = limited(result);
    const limitedResult = limit(cni, 'c1', config);
    const { veth, ifb = '' } = names(lab);
    const { address, mtu, ifalias, flags } = linkOf(lab, HOST, ifb);
    expect(limitedResult).toEqual({
      ...result,
      interfaces: [...(result.interfaces ?? []), { name: ifb, mac: address, mtu }],
    });
    expect({ mtu, ifalias }).toEqual({ mtu: 1500, ifalias: 'net/c1/eth0:bandwidth' });
    expect(flags).toContain('UP');
    expect(qdiscsOf(lab)).toEqual([
      expect.objectContaining({
        kind: 'tbf',
        dev: veth,
        options: { rate: 1_000_000, burst: 100_000, lat: 25_000 },
      }),
      expect.objectContaining({ kind: 'ingress', dev: veth }),
      expect.objectContaining({
        kind: 'tbf',
        dev: ifb,
        options: { rate: 2_000_000, burst: 100_000, lat: 25_000 },
      }),
    ]);
    expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
    isSilentSuccess(cni, 'CHECK', 'c1', config);
    isSilentSuccess(cni, 'CHECK', 'c1', bridge);
    expect(cni.fail('ADD', 'c1', config)).toMatchObject({ code: 104 });
    isSilentSuccess(cni, 'CHECK', 'c1', config);
    isSilentSuccess(cni, 'DEL', 'c1', config);
  });

  test('one direction alone, and no limit at all', ({ lab, cni }) => {
    const result = cni.add('c1', bridge);
    const ingress = limited(result, { ingressRate: 8_000_000, ingressBurst: 800_000 });
    expect(limit(cni, 'c1', ingress)).toEqual(result);
    expect(qdiscsOf(lab).map(({ kind }) => kind)).toEqual(['tbf']);
    isSilentSuccess(cni, 'CHECK', 'c1', ingress);
    isSilentSuccess(cni, 'DEL', 'c1', ingress);
    expectUnlimited(lab);
    for (const keys of [{}, { ingressRate: 0, ingressBurst: 0 }, { runtimeConfig: { bandwidth: {} } }])
      expect(limit(cni, 'c1', limited(result, keys))).toEqual(result);
    expectUnlimited(lab);
    expect(readStore(lab).endpoint).toHaveLength(1);
    isSilentSuccess(cni, 'CHECK', 'c1', limited(result, {}));
  });

  test("the runtime's limits, as containerd sends them, win; numbers beyond 32 bits are no harm", ({
    lab,
    cni,
  }) => {
    const result = cni.add('c1', bridge);
    const bandwidth = {
      IngressRate: 1_000_000,
      IngressBurst: 4_294_967_295,
      EgressRate: 2 ** 60,
      EgressBurst: 2 ** 60,
    };
    const config = limited(result, { ...BOTH, runtimeConfig: { bandwidth } });
    limit(cni, 'c1', config);
    const [down, , up] = qdiscsOf(lab);
    expect(down?.options.rate).toBe(125_000);
    expect(up?.options.rate).toBe(2 ** 57);
    expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
    isSilentSuccess(cni, 'CHECK', 'c1', config);
    isSilentSuccess(cni, 'DEL', 'c1', config);
  });
});

describe('CHECK tells', () => {
  const damage: [string, string, RegExp][] = [
    [
      'another rate towards the container',
      'tc qdisc change dev $veth root tbf rate 1mbit burst 100000 latency 25ms',
      /has a limit of 1000000 bit/,
    ],
    [
      'another burst of what it sends',
      'tc qdisc change dev $ifb root tbf rate 16mbit burst 200000 latency 25ms',
      /burst of 1600000 bits, not/,
    ],
    ['a limit that is gone', 'tc qdisc delete dev $veth root', /link "veth[0-9a-f]{11}" has no limit/],
    ['a redirect that is gone', 'tc filter delete dev $veth ingress', /is not led through "ifb/],
    ['an added link that is gone', 'ip link delete $ifb', /link "ifb[0-9a-f]{12}" is missing/],
    ['a veth that is gone', 'ip link delete $veth', /link "veth[0-9a-f]{11}" is missing/],
  ];
  for (const [what, command, message] of damage) {
    test(`${what}; DEL works all the same`, ({ lab, cni }) => {
      const config = limited(cni.add('c1', bridge));
      limit(cni, 'c1', config);
      const { veth, ifb = '' } = names(lab);
      lab.shell(HOST, `veth=${veth}; ifb=${ifb}; ${command}`);
      expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
        code: 105,
        msg: expect.stringMatching(message) as string,
      });
      isSilentSuccess(cni, 'DEL', 'c1', config);
      expectUnlimited(lab);
    });
  }
});

describe('DEL', () => {
  test('twice, without a record, and after the veth', ({ lab, cni }) => {
    const config = limited(cni.add('c1', bridge));
    limit(cni, 'c1', config);
    cni.del('c1', bridge);
    for (let times = 0; times < 2; times++) isSilentSuccess(cni, 'DEL', 'c1', config);
    isSilentSuccess(cni, 'DEL', 'c2', config);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('with the namespace gone and an empty CNI_NETNS', ({ lab, cni }) => {
    const config = limited(cni.add('c1', bridge));
    limit(cni, 'c1', config);
    lab.endContainer('c1');
    isSilentSuccess(cni, 'DEL', 'c1', { ...config, prevResult: undefined, ...zero }, { netns: '' });
    expectUnlimited(lab);
  });

  test('after the store was lost takes the added link', ({ lab, cni }) => {
    const config = limited(cni.add('c1', bridge));
    limit(cni, 'c1', config);
    rmSync(lab.runDir, { recursive: true });
    isSilentSuccess(cni, 'DEL', 'c1', config);
    expect(names(lab).ifb).toBeUndefined();
    cni.del('c1', bridge);
    cni.add('c1', bridge);
  });

  test('leaves what others have put at the link', ({ lab, cni }) => {
    const config = limited(cni.add('c1', bridge), { egressRate: 8_000_000, egressBurst: 800_000 });
    const { veth } = names(lab);
    lab.exec(HOST, ['tc', 'qdisc', 'add', 'dev', veth, 'clsact']);
    limit(cni, 'c1', config);
    isSilentSuccess(cni, 'CHECK', 'c1', config);
    isSilentSuccess(cni, 'DEL', 'c1', config);
    expect(qdiscsOf(lab).map(({ kind }) => kind)).toEqual(['clsact']);
    expect(lab.exec(HOST, ['tc', 'filter', 'show', 'dev', veth, 'ingress'])).toBe('');
  });

  test('after an ADD that was killed at any moment', async ({ lab, cni }) => {
    const config = limited(cni.add('c1', bridge));
    const states = new Set<string>();
    await killEachAdd(cni, 'c1', config, () => {
      states.add(String(readStore(lab).endpoint[1]?.['state']));
      isSilentSuccess(cni, 'DEL', 'c1', config);
      expectUnlimited(lab);
      expect(readStore(lab).endpoint).toHaveLength(1);
    });
    expect(states.size).toBeGreaterThan(1);
  });
});

const zero = { ingressRate: 0, ingressBurst: 0, egressRate: 0, egressBurst: 0 };

test('GC takes limits of containers that are not kept, also when the store was lost', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  const config = limited(result);
  const collect = (...containers: string[]) => {
    const list = containers.map((containerID) => ({ containerID, ifname: 'eth0' }));
    isSilentSuccess(cni, 'GC', 'c1', { ...config, prevResult: undefined, 'cni.dev/valid-attachments': list });
  };
  limit(cni, 'c1', config);
  collect('c1');
  isSilentSuccess(cni, 'CHECK', 'c1', config);
  rmSync(lab.runDir, { recursive: true });
  collect('c1');
  expect(names(lab).ifb).toBeDefined();
  collect();
  expect(names(lab)).toEqual({ veth: '', ifb: undefined });
  limit(cni, 'c1', limited(cni.add('c1', bridge)));
  collect();
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test("behind the reference's ptp: the same", ({ lab, cni, ownLinks, skip }) => {
  if (!existsSync(PTP)) skip('containernetworking-plugins is not installed');
  lab.container('c1');
  const dataDir = join(lab.folder, 'networks');
  const config = { ...bridge, cniVersion: '0.4.0', type: 'ptp', ipMasq: false };
  const ipam = { type: 'host-local', subnet: '10.1.0.0/24', dataDir };
  const reference = (verb: string): string => {
    const env = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/c1',
      CNI_IFNAME: 'eth0',
      CNI_PATH: '/usr/lib/cni',
    };
    return lab.attempt(HOST, [PTP], env, JSON.stringify({ ...config, ipam })).stdout;
  };
  const result = JSON.parse(reference('ADD')) as ResultJson;
  ownLinks.push(names(lab).veth);
  const chained = { ...limited(result), cniVersion: '0.4.0' };
  limit(cni, 'c1', chained);
  expect(qdiscsOf(lab).map(({ kind }) => kind)).toEqual(['tbf', 'ingress', 'tbf']);
  expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
  isSilentSuccess(cni, 'CHECK', 'c1', chained);
  isSilentSuccess(cni, 'DEL', 'c1', chained);
  expectUnlimited(lab);
  expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
  reference('DEL');
});

describe('bad input changes nothing', () => {
  const cases: [string, object, object][] = [
    [
      'a rate without a burst',
      { ingressRate: 8 },
      { code: 7, msg: 'if rate is set, burst must also be set' },
    ],
    [
      'a burst without a rate',
      { egressBurst: 8 },
      { code: 7, msg: 'if burst is set, rate must also be set' },
    ],
    [
      'a rate below zero',
      { ingressRate: -1, ingressBurst: 1 },
      { code: 7, msg: 'ingressRate -1: expected an integer from 0 to 2^64' },
    ],
    [
      'subnets',
      { ...BOTH, unshapedSubnets: ['10.0.0.0/8'] },
      { code: 2, msg: 'unshapedSubnets ["10.0.0.0/8"]: not supported by tsnet bandwidth, leave it out' },
    ],
    [
      "the runtime's subnets",
      { runtimeConfig: { bandwidth: { ...BOTH, ShapedSubnets: ['10.0.0.0/8'] } } },
      { code: 2 },
    ],
    [
      'no result before',
      { ...BOTH, prevResult: undefined },
      { code: 7, msg: 'must be called as chained plugin' },
    ],
  ];
  for (const [what, keys, error] of cases) {
    test(what, ({ lab, cni }) => {
      const config = { ...limited(cni.add('c1', bridge)), ...keys };
      for (const key of Object.keys(BOTH)) if (!(key in keys)) Reflect.deleteProperty(config, key);
      expect(cni.fail('ADD', 'c1', config)).toMatchObject(error);
      expectUnlimited(lab);
      expect(readStore(lab).endpoint).toHaveLength(1);
    });
  }

  test('a container without a veth, and a link that others shape', ({ lab, cni }) => {
    const result = cni.add('c1', bridge);
    const { veth } = names(lab);
    expect(cni.fail('ADD', 'c1', limited(result), { ifname: 'lo' })).toMatchObject({
      code: 7,
      msg: expect.stringContaining('interface "lo" of the container has no veth end') as string,
    });
    const foreign = { ...result, interfaces: [{ name: 'eth7' }] };
    expect(cni.fail('ADD', 'c1', limited(foreign))).toMatchObject({ code: 7 });
    lab.exec(HOST, ['tc', 'qdisc', 'add', 'dev', veth, 'root', 'handle', '5:', 'htb']);
    expect(cni.fail('ADD', 'c1', limited(result))).toMatchObject({
      code: 104,
      msg: `link "${veth}" has a queueing discipline already: delete it first`,
    });
    expect(qdiscsOf(lab)).toEqual([expect.objectContaining({ kind: 'htb', handle: '5:' })]);
    expect(readStore(lab).endpoint).toHaveLength(1);
  });
});
