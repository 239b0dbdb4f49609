// The plugin sbr: a second interface of a container, whose packets leave by it though the first has the default route.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { findLeftovers } from './leftovers.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { ping } from './reach.ts';
import { readStore } from './store.ts';

const silent = { status: 0, stdout: '', stderr: '' };
const eth1 = { ifname: 'eth1' };
const call = { plugin: 'sbr', ...eth1 };

const first = bridgeConfig();
const second = bridgeConfig({
  name: 'second',
  bridge: 'cni1',
  isDefaultGateway: false,
  isGateway: true,
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] },
});

function chained(prevResult: unknown, keys: object = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'second', type: 'sbr', prevResult, ...keys };
}

/** A container with two interfaces; what ADD said of the second. */
function twoInterfaces(cni: Cni): ResultJson {
  cni.add('c1', first);
  return cni.add('c1', second, eth1);
}

function add(cni: Cni, prevResult: unknown, keys: object = {}): Record<string, unknown> {
  const config = chained(prevResult, keys);
  const outcome = cni.call('ADD', 'c1', config, call);
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toEqual(prevResult);
  return config;
}

function rulesOf(lab: Lab, family: 4 | 6): string[] {
  const rules = JSON.parse(lab.exec('c1', ['ip', '-j', `-${family}`, 'rule'])) as {
    src: string;
    table: string;
  }[];
  return rules.filter(({ src }) => src !== 'all').map(({ src, table }) => `${src} ${table}`);
}

function routes(lab: Lab, family: 4 | 6, table: number | 'main', dev = 'eth1'): string[] {
  const argv = ['ip', `-${family}`, 'route', 'show', 'table', String(table), 'dev', dev];
  const { stdout } = lab.attempt('c1', argv);
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim().replace(/\s+/g, ' ')]));
}

/** All of a container's routing, as other tools tell it. */
function routing(lab: Lab): string {
  return lab.shell('c1', 'for f in 4 6; do ip -$f rule; ip -$f route show table all | sort; done');
}

test('packets of the second interface leave by it; CHECK tells; DEL puts all back', ({ lab, cni }) => {
  lab.addOutside();
  // A host that drops what comes by another way than its answers would go.
  lab.shell(HOST, 'echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter');
  const result = twoInterfaces(cni);
  const before = routing(lab);
  const out = (source: string): boolean => ping(lab, 'c1', OUTSIDE[4].outside, source);
  expect([out('10.1.0.2'), out('10.2.0.2')]).toEqual([true, false]);
  const config = add(cni, result);
  expect([out('10.1.0.2'), out('10.2.0.2')]).toEqual([true, true]);
  expect(rulesOf(lab, 4)).toEqual(['10.2.0.2 100']);
  expect(rulesOf(lab, 6)).toEqual(['fd00:2::2 101']);
  expect(routes(lab, 4, 100)).toEqual([
    'default via 10.2.0.1',
    '10.2.0.0/24 proto kernel scope link src 10.2.0.2',
  ]);
  expect(routes(lab, 6, 101)).toEqual([
    'fd00:2::/64 proto kernel metric 256 pref medium',
    'fe80::/64 proto kernel metric 256 pref medium',
    'default via fd00:2::1 metric 1024 pref medium',
  ]);
  expect(routes(lab, 4, 'main')).toEqual([]);
  expect(routes(lab, 6, 'main')).toEqual(['fe80::/64 proto kernel metric 256 pref medium']);
  expect(lab.exec('c1', ['ip', 'route', 'get', '203.0.113.1', 'from', '10.2.0.2'])).toContain('dev eth1');
  for (const one of [config, { ...second, prevResult: result }])
    expect(cni.call('CHECK', 'c1', one, { ...call, plugin: String(one['type']) })).toMatchObject(silent);
  for (let times = 0; times < 2; times++) {
    expect(cni.call('DEL', 'c1', config, call)).toMatchObject(silent);
    expect(routing(lab)).toBe(before);
  }
  expect(readStore(lab).endpoint).toHaveLength(2);
});

test('CHECK tells what is missing', ({ lab, cni }) => {
  const config = add(cni, twoInterfaces(cni));
  const damage = (script: string): string => {
    lab.shell('c1', script);
    const { code, msg } = cni.fail('CHECK', 'c1', config, call);
    expect(code).toBe(105);
    return msg;
  };
  expect(damage('ip route del default table 100')).toBe(
    'endpoint second/c1/eth1:sbr: route 0.0.0.0/0 is missing in table 100',
  );
  lab.shell('c1', 'ip route add default via 10.2.0.1 dev eth1 table 100');
  expect(cni.call('CHECK', 'c1', config, call)).toMatchObject(silent);
  expect(damage('ip -6 rule del from fd00:2::2')).toContain('rule from fd00:2::2 lookup 101 is missing');
  cni.call('DEL', 'c1', config, call);
});

test('gateways, source hints', ({ lab, cni }) => {
  const result = twoInterfaces(cni);
  const before = routing(lab);
  const config = add(cni, result, { gateways: ['10.2.0.254', 'fd00:2::fe'], addSourceHints: true });
  expect(routes(lab, 4, 100)[0]).toBe('default via 10.2.0.254');
  expect(routes(lab, 6, 101)).toContain('default via fd00:2::fe metric 1024 pref medium');
  expect(routes(lab, 4, 'main')).toEqual(['10.2.0.0/24 scope link src 10.2.0.2']);
  expect(routes(lab, 6, 'main')).toContain('fd00:2::/64 src fd00:2::2 metric 1024 pref medium');
  expect(ping(lab, 'c1', '10.2.0.1')).toBe(true);
  expect(cni.call('CHECK', 'c1', config, call)).toMatchObject(silent);
  cni.call('DEL', 'c1', config, call);
  expect(routing(lab)).toBe(before);
});

test("a table of somebody else's: rules alone, whatever its number", ({ lab, cni }) => {
  const result = twoInterfaces(cni);
  const before = routes(lab, 4, 'main');
  const config = add(cni, result, { table: 70_000 });
  expect(rulesOf(lab, 4)).toEqual(['10.2.0.2 70000']);
  expect(rulesOf(lab, 6)).toEqual(['fd00:2::2 70000']);
  expect(routes(lab, 4, 'main')).toEqual(before);
  expect(cni.call('CHECK', 'c1', config, call)).toMatchObject(silent);
  cni.call('DEL', 'c1', config, call);
  expect(rulesOf(lab, 4)).toEqual([]);
});

test('tables that are in use are left alone', ({ lab, cni }) => {
  const result = twoInterfaces(cni);
  lab.shell('c1', 'ip route add 203.0.113.0/24 dev eth0 table 100; ip rule add from 203.0.113.7 lookup 101');
  const config = add(cni, result);
  expect(rulesOf(lab, 4)).toEqual(['10.2.0.2 102', '203.0.113.7 101']);
  expect(rulesOf(lab, 6)).toEqual(['fd00:2::2 103']);
  cni.call('DEL', 'c1', config, call);
  expect(rulesOf(lab, 4)).toEqual(['203.0.113.7 101']);
});

test('two interfaces at the same time get tables of their own', async ({ lab, cni }) => {
  const results = [cni.add('c1', first), cni.add('c1', second, eth1)];
  const configs = results.map((result, at) => chained(result, { name: at === 0 ? 'net' : 'second' }));
  const both = async (verb: string): Promise<unknown[]> =>
    Promise.all(
      configs.map(
        (config, at) => cni.start(verb, 'c1', config, { plugin: 'sbr', ifname: `eth${at}` }).outcome,
      ),
    );
  expect(await both('ADD')).toMatchObject([{ status: 0 }, { status: 0 }]);
  const tables = ([4, 6] as const)
    .flatMap((family) => rulesOf(lab, family))
    .map((rule) => rule.split(' ')[1]);
  expect(tables.toSorted()).toEqual(['100', '101', '102', '103']);
  expect(await both('DEL')).toMatchObject([silent, silent]);
});

test('DEL after the interface, after the namespace, without it; GC', ({ lab, cni }) => {
  const gone = (): void => {
    expect(readStore(lab).endpoint.filter(({ mode }) => mode === 'sbr')).toEqual([]);
  };
  let config = add(cni, twoInterfaces(cni));
  cni.del('c1', second, eth1);
  expect(cni.call('DEL', 'c1', config, { ...call, netns: '' })).toMatchObject(silent);
  expect([rulesOf(lab, 4), rulesOf(lab, 6)]).toEqual([[], []]);
  gone();
  config = add(cni, cni.add('c1', second, eth1));
  const none = { 'cni.dev/valid-attachments': [], prevResult: undefined };
  expect(cni.call('GC', 'c1', { ...config, ...none }, call)).toMatchObject(silent);
  expect(rulesOf(lab, 4)).toEqual([]);
  gone();
  config = add(cni, cni.add('c1', second, eth1));
  cni.deleteAll();
  lab.endContainer('c1');
  for (let times = 0; times < 2; times++) expect(cni.call('DEL', 'c1', config, call)).toMatchObject(silent);
  gone();
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('an ADD that is killed is taken back by DEL', async ({ lab, cni }) => {
  const result = twoInterfaces(cni);
  const before = routing(lab);
  for (let after = 10; after < 70; after += 6) {
    const { child, outcome } = cni.start('ADD', 'c1', chained(result), call);
    await sleep(after);
    child.kill('SIGKILL');
    await outcome;
    expect(cni.call('DEL', 'c1', chained(result), call)).toMatchObject(silent);
    expect(routing(lab)).toBe(before);
  }
});

test('bad input changes nothing', ({ lab, cni }) => {
  const result = twoInterfaces(cni);
  const before = routing(lab);
  const fails = (config: Record<string, unknown>, options: object = {}): object =>
    cni.fail('ADD', 'c1', config, { ...call, ...options });
  const saying = (code: number, text: string): object => ({
    code,
    msg: expect.stringContaining(text) as string,
  });
  expect(fails(chained(undefined))).toMatchObject(saying(7, 'must be called as chained plugin'));
  expect(fails(chained({ ...result, ips: [] }))).toMatchObject(
    saying(7, 'No IP addresses supplied on interface: eth1'),
  );
  expect(fails(chained(result), { ifname: 'eth7' })).toMatchObject(saying(7, 'eth7'));
  const anyInterface = { ...result, ips: [{ address: '10.2.0.2/24' }] };
  expect(fails(chained(anyInterface), { ifname: 'eth7' })).toMatchObject(
    saying(7, 'interface "eth7" is not in network namespace'),
  );
  expect(fails(chained(result, { gateways: ['10.2.0.1', '10.2.0.3'] }))).toMatchObject(
    saying(7, 'gateways list contains multiple IPv4 addresses: 10.2.0.1 and 10.2.0.3'),
  );
  expect(fails(chained(result, { gateways: ['x'] }))).toMatchObject(saying(7, 'gateways[0] "x"'));
  expect(fails(chained(result, { table: -1 }))).toMatchObject(saying(7, 'table -1'));
  expect(fails(chained(result, { gateways: ['10.99.0.1'] }))).toMatchObject(saying(999, 'RTM_NEWROUTE'));
  expect(fails(chained(result), { netns: '/proc/self/ns/net' })).toMatchObject({ code: 8 });
  expect(routing(lab)).toBe(before);
  expect(readStore(lab).endpoint).toHaveLength(2);
});
