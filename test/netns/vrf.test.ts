// The plugin vrf: an interface's place in a virtual routing domain of its container.
import { describe, expect } from 'vitest';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linkOf, linksOf } from './look.ts';
import { ping } from './reach.ts';
import { readStore } from './store.ts';

const silent = { status: 0, stdout: '', stderr: '' };
const call = { plugin: 'vrf' };
const bridge = bridgeConfig();

function chained(prevResult: unknown, keys: object = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'net', type: 'vrf', vrfname: 'red', prevResult, ...keys };
}

/** Why this kernel has no virtual routing domains; undefined when it has. */
function whyNoVrf(lab: Lab): string | undefined {
  const { status, stderr } = lab.attempt(HOST, ['ip', 'link', 'add', 'probe', 'type', 'vrf', 'table', '10']);
  if (status !== 0) return `this kernel makes no VRF: ${stderr.trim()}`;
  lab.exec(HOST, ['ip', 'link', 'delete', 'probe']);
  return undefined;
}

function add(cni: Cni, prevResult: ResultJson, keys: object = {}, ifname = 'eth0'): Record<string, unknown> {
  const config = chained(prevResult, keys);
  const outcome = cni.call('ADD', 'c1', config, { ...call, ifname });
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toEqual(prevResult);
  return config;
}

function routesIn(lab: Lab, family: 4 | 6, table: number | 'main'): string[] {
  const { stdout } = lab.attempt('c1', ['ip', `-${family}`, 'route', 'show', 'table', String(table)]);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ').slice(0, 5).join(' ')]));
}

describe('on a kernel that has VRFs', () => {
  test('the interface, its addresses and routes are in the domain; DEL takes it out, and the domain away', ({
    lab,
    cni,
    skip,
  }) => {
    const reason = whyNoVrf(lab);
    if (reason !== undefined) skip(reason);
    const config = add(cni, cni.add('c1', bridge));
    expect(linkOf(lab, 'c1', 'eth0').master).toBe('red');
    expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
    expect(routesIn(lab, 4, 100)).toContain('default via 10.1.0.1 dev eth0');
    expect(routesIn(lab, 6, 100)).toContain('default via fd00:1::1 dev eth0');
    expect(routesIn(lab, 4, 'main')).toEqual([]);
    expect(ping(lab, HOST, '10.1.0.2')).toBe(true);
    for (const [one, plugin] of [
      [config, 'vrf'],
      [bridge, 'bridge'],
    ] as const)
      expect(cni.call('CHECK', 'c1', one, { plugin })).toMatchObject(silent);
    lab.exec('c1', ['ip', 'link', 'set', 'eth0', 'nomaster']);
    expect(cni.fail('CHECK', 'c1', config, call)).toMatchObject({
      code: 105,
      msg: expect.stringContaining('failed to find eth0 associated to vrf red') as string,
    });
    lab.exec('c1', ['ip', 'link', 'set', 'eth0', 'master', 'red']);
    for (let times = 0; times < 2; times++) expect(cni.call('DEL', 'c1', config, call)).toMatchObject(silent);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
    expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
    expect(routesIn(lab, 4, 'main')).toContain('default via 10.1.0.1 dev eth0');
  });

  test('a domain has many members; the last one takes it away, unless it was there before', ({
    lab,
    cni,
    skip,
  }) => {
    const reason = whyNoVrf(lab);
    if (reason !== undefined) skip(reason);
    const first = add(cni, cni.add('c1', bridge));
    const other = cni.add('c1', bridgeConfig({ name: 'other', bridge: 'cni1' }), { ifname: 'eth1' });
    const second = add(cni, other, { name: 'other' }, 'eth1');
    const wrong = chained(other, { name: 'third', table: 7 });
    expect(cni.fail('ADD', 'c1', wrong, { ...call, ifname: 'eth1' })).toMatchObject({ code: 104 });
    cni.call('DEL', 'c1', first, call);
    expect(linkOf(lab, 'c1', 'eth1').master).toBe('red');
    cni.call('DEL', 'c1', second, { ...call, ifname: 'eth1' });
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).not.toContain('red');
    lab.exec('c1', ['ip', 'link', 'add', 'red', 'type', 'vrf', 'table', '42']);
    const third = add(cni, other, { name: 'other' }, 'eth1');
    expect(routesIn(lab, 4, 42)).toContain('default via 10.1.0.1 dev eth1');
    cni.call('DEL', 'c1', third, { ...call, ifname: 'eth1' });
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toContain('red');
    lab.exec('c1', ['ip', 'link', 'del', 'red']);
  });
});

test('a kernel without VRFs says so, and nothing is changed', ({ lab, cni, skip }) => {
  if (whyNoVrf(lab) === undefined) skip('this kernel has VRFs');
  const result = cni.add('c1', bridge);
  const before = lab.exec('c1', ['ip', 'route']);
  expect(cni.fail('ADD', 'c1', chained(result), call)).toMatchObject({
    code: 999,
    msg: expect.stringMatching(/^RTM_NEWLINK link "red": .*nknown device type/) as string,
  });
  expect(readStore(lab).endpoint).toHaveLength(1);
  expect(lab.exec('c1', ['ip', 'route'])).toBe(before);
  for (let times = 0; times < 2; times++)
    expect(cni.call('DEL', 'c1', chained(result), call)).toMatchObject(silent);
  expect(cni.call('DEL', 'c1', chained(result), { ...call, netns: '' })).toMatchObject(silent);
});

test('bad input changes nothing', ({ lab, cni }) => {
  const result = cni.add('c1', bridge);
  const fails = (config: Record<string, unknown>, ifname = 'eth0'): object =>
    cni.fail('ADD', 'c1', config, { ...call, ifname });
  const saying = (code: number, text: string): object => ({
    code,
    msg: expect.stringContaining(text) as string,
  });
  expect(fails(chained(undefined))).toMatchObject(saying(7, 'must be called as chained plugin'));
  expect(fails(chained(result, { vrfname: '' }))).toMatchObject(saying(7, 'vrfname: missing'));
  expect(fails(chained(result, { vrfname: 'a name' }))).toMatchObject(saying(7, 'vrfname "a name"'));
  expect(fails(chained(result, { table: -1 }))).toMatchObject(saying(7, 'table -1'));
  expect(fails(chained(result), 'eth7')).toMatchObject(saying(7, 'interface "eth7" is not in'));
  expect(fails(chained(result, { vrfname: 'lo' }))).toMatchObject(saying(104, 'exists and is no VRF'));
  expect(cni.fail('CHECK', 'c1', chained(result), call)).toMatchObject(saying(105, 'not on record'));
  expect(readStore(lab).endpoint).toHaveLength(1);
});
