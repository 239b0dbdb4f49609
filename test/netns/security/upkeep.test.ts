// What holds after somebody has cleared the packet filter, and what holds on a host with many containers.
import { describe, expect, vi } from 'vitest';
import { askDaemon, daemonCall, TestDaemon } from '../daemon.ts';
import { bridgeConfig, portsConfig } from '../fixture.ts';
import { HOST } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { tablesOf } from '../look.ts';
import { readStore } from '../store.ts';
import { attempts, expectService, leave, occupy, successes } from './attempts.ts';
import { Firewalld, whyNoFirewalld } from './firewalld.ts';
import { doors, test } from './triangle.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Without a table nothing is published, and all else is open. */
const openWithoutTable = attempts.filter(
  (call) => !call.includes('published on the loopback') && !/calls it/.test(call),
);

describe('after "nft flush ruleset" the next call closes all again', () => {
  for (const [name, make] of Object.entries(doors)) {
    test(`${name}: ADD`, async ({ lab, open }) => {
      const door = open(make);
      await occupy(lab, door);
      lab.exec(HOST, ['nft', 'flush', 'ruleset']);
      expect(await successes(lab, openWithoutTable)).toEqual(openWithoutTable);
      await door.add('c3');
      expect(await successes(lab)).toEqual([]);
      expectService(lab);
      leave(lab);
    });
  }

  test('STATUS, and DEL of another container', async ({ lab, cni, open }) => {
    const door = open(doors['a configuration of its own']);
    await occupy(lab, door);
    await door.add('c3');
    const status = () => {
      expect(cni.call('STATUS', 'c1', bridgeConfig())).toMatchObject({ status: 0 });
      return Promise.resolve();
    };
    for (const call of [status, () => door.del('c3')]) {
      lab.exec(HOST, ['nft', 'flush', 'ruleset']);
      await call();
      expect(await successes(lab)).toEqual([]);
      expectService(lab);
    }
    leave(lab);
  });
});

test('a daemon closes all again without any call, and its successor leaves it so', async ({ lab, open }) => {
  await occupy(lab, open(doors['a chain of plugins']));
  const first = await TestDaemon.start(lab);
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  await vi.waitFor(() => expect(tablesOf(lab)).toContain('tsnet'), { timeout: 30_000 });
  for (const next of [() => first, () => TestDaemon.start(lab)]) {
    const daemon = await next();
    expect(await successes(lab)).toEqual([]);
    expectService(lab);
    expect(await daemon.stop()).toBe(0);
  }
  expect(await successes(lab)).toEqual([]);
  leave(lab);
});

const clear = (tool: string): string =>
  ['raw', 'mangle', 'nat', 'filter']
    .map((table) => `${tool} -t ${table} -F; ${tool} -t ${table} -X`)
    .join('\n');

test('"iptables -F" of every table changes nothing', async ({ lab, open, skip }) => {
  if (lab.attempt(HOST, ['iptables', '-S']).status !== 0) skip('iptables-nft does not work here');
  await occupy(lab, open(doors['a chain of plugins']));
  lab.shell(HOST, `${clear('iptables')}\n${clear('ip6tables')}`);
  expect(await successes(lab)).toEqual([]);
  expectService(lab);
  leave(lab);
});

for (const backend of ['nftables', 'iptables']) {
  test(`firewalld with ${backend}: its start, "firewall-cmd --reload" and its end change nothing`, async ({
    lab,
    open,
    skip,
  }) => {
    const reason = whyNoFirewalld();
    if (reason !== undefined) skip(reason);
    await occupy(lab, open(doors['a chain of plugins']));
    const firewalld = await Firewalld.start(lab, backend);
    for (const happens of [() => undefined, () => firewalld.reload(), () => firewalld.stop()]) {
      happens();
      expect(await successes(lab)).toEqual([]);
      expectService(lab);
    }
    leave(lab);
  });
}

function rules(lab: Lab): number {
  const text = lab.exec(HOST, ['nft', '-a', 'list', 'table', 'inet', 'tsnet']);
  return text.split('\n').filter((line) => line.startsWith('\t\t') && line.includes('# handle')).length;
}

test('with 100 containers all of it holds, with as many rules as for two', async ({ lab, open }) => {
  await occupy(lab, open(doors['a configuration of its own']));
  const before = rules(lab);
  expect(before).toBeGreaterThan(20);
  const more = Array.from({ length: 98 }, (_, at) => at + 3);
  for (const number of more) lab.container(`c${number}`);
  // By a daemon, which is there for that time alone: it takes a tenth of the time.
  const all = async (verb: string): Promise<void> => {
    const daemon = await TestDaemon.start(lab);
    const calls = more.map((number) => {
      const portMappings = [{ hostPort: 10_000 + number, containerPort: 80, protocol: 'tcp' }];
      return daemonCall(lab, verb, `c${number}`, portsConfig(portMappings));
    });
    const codes = (await askDaemon(lab, calls)).map(({ exitCode }) => exitCode);
    expect(new Set(codes)).toEqual(new Set([0]));
    expect(await daemon.stop()).toBe(0);
  };
  await all('ADD');
  expect(readStore(lab).endpoint).toHaveLength(100);
  expect(await successes(lab)).toEqual([]);
  expectService(lab);
  expect(rules(lab)).toBe(before);
  await all('DEL');
  leave(lab);
});
