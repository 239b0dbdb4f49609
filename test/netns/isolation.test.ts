// Who may call whom: members of a network, and networks of the host.
import { describe, expect } from 'vitest';
import type { Cli } from './cli.ts';
import { killEachAdd } from './killed.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { elementsOf } from './look.ts';
import { expectAnswers, expectSilence, ping, reach } from './reach.ts';
import { network, test } from './routed-fixture.ts';

const published = {
  runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
};

/** Has c1, at 10.1.0.2, and its neighbour at 10.1.0.3 call each other by way of the host. */
function callByHost(lab: Lab, neighbour: string): void {
  const route = (number: number): string =>
    `ip route add 10.1.0.${number}/32 via 10.1.0.1; ip -6 route add fd00:1::${number}/128 via fd00:1::1`;
  lab.shell('c1', route(3));
  lab.shell(neighbour, route(2));
}

/** The host, and who is outside, are reached, and reach published ports. */
async function expectWorld(lab: Lab): Promise<void> {
  await lab.serve(OUTSIDE.name, 80);
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    expect(ping(lab, 'c1', outside)).toBe(true);
    expect(reach(lab, 'c1', { address: outside, port: 80 })).toBe(`outside ${host}`);
    expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toBe(`c1 ${outside}`);
  }
  expectAnswers(lab, HOST, ['10.1.0.2', 'fd00:1::2']);
}

describe('icc: false', () => {
  const config = network(1, { icc: false, ...published });
  const neighbours = network(1, { icc: false });

  test('members do not reach each other, by the bridge or by the host, but by published ports', async ({
    lab,
    cni,
  }) => {
    cni.add('c1', config);
    cni.add('c2', neighbours);
    await lab.serve('c1', 80);
    expect(ping(lab, 'c2', '10.1.0.1')).toBe(true);
    await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
    callByHost(lab, 'c2');
    await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
    for (const address of ['10.1.0.1', OUTSIDE[4].host, 'fd00:1::1', OUTSIDE[6].host])
      expect([address, reach(lab, 'c2', { address, port: 8080 })]).toEqual([
        address,
        expect.stringMatching(/^c1 /),
      ]);
    await expectWorld(lab);
  });

  test('without it they do; isolated ports alone leave the way by the host', async ({ lab, cni }) => {
    cni.add('c1', network(1, { portIsolation: true }));
    cni.add('c2', network(1, { portIsolation: true }));
    cni.add('c3', network(1));
    await lab.serve('c1', 80);
    expectAnswers(lab, 'c3', ['10.1.0.2', 'fd00:1::2']);
    await expectSilence(lab, 'c2', ['10.1.0.2']);
    callByHost(lab, 'c2');
    expectAnswers(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
  });

  test('CHECK tells what is missing, and DEL takes the element with the last one', ({ lab, cni }) => {
    cni.add('c1', neighbours);
    cni.add('c2', neighbours);
    cni.add('other', network(2));
    expect(elementsOf(lab)['apart']).toEqual([{ concat: ['cni1', 'cni1'] }]);
    expect(cni.call('CHECK', 'c1', neighbours)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['nft', 'flush', 'set', 'inet', 'tsnet', 'apart']);
    expect(cni.fail('CHECK', 'c1', neighbours).msg).toMatch(
      /its elements in set "apart" of table inet tsnet/,
    );
    cni.add('c3', neighbours);
    expect(cni.call('CHECK', 'c1', neighbours)).toMatchObject({ status: 0 });
    for (const name of ['c1', 'c2']) cni.del(name, neighbours);
    expect(elementsOf(lab)['apart']).toHaveLength(1);
    lab.endContainer('c3');
    for (let times = 0; times < 2; times++) cni.del('c3', neighbours, { netns: '' });
    expect(elementsOf(lab)['apart']).toEqual([]);
  });

  test('portIsolation false contradicts it', ({ lab, cni }) => {
    lab.container('c1');
    const {
      code,
      msg,
      details = '',
    } = cni.fail('ADD', 'c1', network(1, { icc: false, portIsolation: false }));
    expect(`${msg} ${details}`).toContain('portIsolation false contradicts icc false');
    expect(code).toBe(7);
  });
});

describe('isolation: true', () => {
  const [one, two] = [network(1, { isolation: true, ...published }), network(2, { isolation: true })];

  test('isolated networks and others do not reach each other, but published ports', async ({ lab, cni }) => {
    cni.add('c1', one);
    cni.add('n1', network(1, { isolation: true }));
    cni.add('c2', two);
    cni.add('c3', network(3));
    for (const name of ['c1', 'c2', 'c3']) await lab.serve(name, 80);
    expectAnswers(lab, 'n1', ['10.1.0.2', 'fd00:1::2']);
    callByHost(lab, 'n1');
    expectAnswers(lab, 'n1', ['10.1.0.2', 'fd00:1::2']);
    await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2', '10.3.0.2', 'fd00:3::2']);
    await expectSilence(lab, 'c1', ['10.2.0.2', 'fd00:2::2', '10.3.0.2', 'fd00:3::2']);
    await expectSilence(lab, 'c3', ['10.1.0.2', 'fd00:1::2', '10.2.0.2', 'fd00:2::2']);
    for (const from of ['c2', 'c3', 'n1'])
      for (const address of [OUTSIDE[4].host, OUTSIDE[6].host])
        expect([from, address, reach(lab, from, { address, port: 8080 })]).toEqual([
          from,
          address,
          expect.stringMatching(/^c1 /),
        ]);
    await expectWorld(lab);
  });

  test('without it they do', async ({ lab, cni }) => {
    for (const number of [1, 2]) {
      cni.add(`c${number}`, network(number));
      await lab.serve(`c${number}`, 80);
    }
    expectAnswers(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
    expectAnswers(lab, 'c1', ['10.2.0.2', 'fd00:2::2']);
  });

  test('with icc false, too: neither members nor networks', async ({ lab, cni }) => {
    cni.add('c1', network(1, { isolation: true, icc: false }));
    cni.add('n1', network(1, { isolation: true, icc: false }));
    cni.add('c2', network(2));
    for (const name of ['c1', 'c2']) await lab.serve(name, 80);
    callByHost(lab, 'n1');
    await expectSilence(lab, 'n1', ['10.1.0.2', 'fd00:1::2', '10.2.0.2']);
    await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
  });

  test('rules that were flushed are there after the next ADD; GC takes what nobody wants', async ({
    lab,
    cni,
  }) => {
    cni.add('c1', one);
    cni.add('c2', two);
    await lab.serve('c1', 80);
    lab.exec(HOST, ['nft', 'flush', 'ruleset']);
    expectAnswers(lab, 'c2', ['10.1.0.2']);
    expect(cni.fail('CHECK', 'c1', one).msg).toMatch(/set "isolated" of table inet tsnet/);
    cni.add('c3', network(3));
    await expectSilence(lab, 'c2', ['10.1.0.2', 'fd00:1::2']);
    expect(cni.call('CHECK', 'c1', one)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['nft', 'add element inet tsnet isolated { lost }']);
    expect(cni.call('GC', '', { ...two, 'cni.dev/valid-attachments': [] })).toMatchObject({ status: 0 });
    expect(elementsOf(lab)['isolated']).toEqual(['cni1']);
    expect(elementsOf(lab)['guarded']).toEqual(['cni1']);
  });

  test('ADD killed at any moment, then DEL: nothing stays', async ({ lab, cni, ownLinks }) => {
    lab.container('c1');
    await killEachAdd(cni, 'c1', network(1, { isolation: true, icc: false }), (moment) => {
      cni.del('c1', one);
      expect([moment, findLeftovers(lab, ownLinks)]).toEqual([moment, []]);
    });
  });
});

describe('networks of the command line', () => {
  let starts = 0;

  async function startOn(cli: Cli, number: number, ...options: string[]): Promise<string> {
    cli.tsnet('network', 'create', '--subnet', `10.${number}.0.0/24`, ...options, `n${number}`);
    const name = `s${++starts}`;
    const place = ['--network', `n${number}`, '--ip', `10.${number}.0.2`];
    await cli.start(name, ...place, '--', 'sleep', '60');
    return name;
  }

  /** Whether the first network is called from a sandbox of the second. */
  function isCalled(lab: Lab, cli: Cli, from: string): boolean {
    const [{ NetworkSettings }] = cli.json('inspect', from) as [{ NetworkSettings: { SandboxKey: string } }];
    const call = ['ping', '-n', '-c', '1', '-W', '1'];
    const inside = (address: string): boolean =>
      lab.attempt(HOST, ['nsenter', `--net=${NetworkSettings.SandboxKey}`, ...call, address]).status === 0;
    expect(inside(OUTSIDE[4].outside)).toBe(true);
    return inside('10.1.0.2');
  }

  async function end(cli: Cli): Promise<void> {
    await cli.endAll();
    for (const name of ['n1', 'n2']) cli.tsnet('network', 'rm', name);
  }

  test.for<[string, string[], string[], boolean]>([
    ['are isolated', [], [], false],
    ['are isolated where one of them is', [], ['-o', 'tsnet.isolation=false'], false],
    ['call each other where none is', ['-o', 'tsnet.isolation=false'], ['-o', 'tsnet.isolation=false'], true],
  ])('%s', async ([, first, second, isOpen], { lab, cli }) => {
    await startOn(cli, 1, ...first);
    const from = await startOn(cli, 2, ...second);
    expect(isCalled(lab, cli, from)).toBe(isOpen);
    await end(cli);
  });

  test('enable_icc=false keeps members from each other', async ({ cli }) => {
    const isNeighbourCalled = async (...options: string[]): Promise<boolean> => {
      await startOn(cli, 1, ...options);
      const run = ['run', '--network', 'n1', '--', 'ping', '-n', '-c', '1', '-W', '1', '10.1.0.2'];
      const { status } = cli.attempt(...run);
      await cli.endAll();
      cli.tsnet('network', 'rm', 'n1');
      return status === 0;
    };
    expect(await isNeighbourCalled('-o', 'com.docker.network.bridge.enable_icc=false')).toBe(false);
    expect(await isNeighbourCalled()).toBe(true);
  });
});
