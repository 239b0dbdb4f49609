// Networks that call each other through a sandbox alone: its own counters and its own refusals, in both families.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { Cli } from './cli.ts';
import type { Running } from './cli.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf } from './look.ts';
import { expectSilence, ping, reach } from './reach.ts';

const PORT = 7000;
type Name = 'a' | 'b' | 'f';

/** Of `tsnet inspect`, what the tests read. */
interface Settings {
  readonly SandboxKey: string;
  readonly Networks: Readonly<
    Record<string, { readonly IPAddress: string; readonly GlobalIPv6Address: string }>
  >;
}

/** Two networks of both families, a sandbox on each, and what may be between them. */
class World {
  readonly lab: Lab;
  readonly cli: Cli;
  readonly running = new Map<string, Running>();
  // As they were told at its start: they stay as long as it runs.
  readonly #settings = new Map<Name, Settings>();

  constructor(lab: Lab, cli: Cli) {
    this.lab = lab;
    this.cli = cli;
  }

  /** Starts a sandbox and gives its namespace its name in the lab. */
  async start(name: Name, ...words: string[]): Promise<void> {
    // Left by one of that name before, it would tell too early that the command runs.
    rmSync(join(this.lab.folder, `${name}-runs`), { force: true });
    this.running.set(name, await this.cli.start(name, ...words, '--', 'sleep', '600'));
    this.adopt(name);
  }

  adopt(name: Name): void {
    if (this.lab.namespaces.includes(name)) this.lab.endContainer(name);
    const [{ NetworkSettings }] = this.cli.json('inspect', name) as [{ NetworkSettings: Settings }];
    this.#settings.set(name, NetworkSettings);
    this.lab.adopt(name, NetworkSettings.SandboxKey);
  }

  async startFilter(): Promise<void> {
    await this.start('f', '--network', 'n1', '--network', 'n2');
  }

  async startMembers(): Promise<void> {
    await this.start('a', '--network', 'n1');
    await this.start('b', '--network', 'n2');
    await this.serve('a', 'b');
  }

  /** Both answer on the same port. */
  async serve(...names: Name[]): Promise<void> {
    await Promise.all(names.map((name) => this.lab.serve(name, PORT)));
  }

  address(name: Name, family: 4 | 6, network = name === 'b' ? 'n2' : 'n1'): string {
    const of = this.#settings.get(name)?.Networks[network];
    return (family === 4 ? of?.IPAddress : of?.GlobalIPv6Address) ?? '';
  }

  /** Every way between the two, as [from, to, address]. */
  ways(): [Name, Name, string][] {
    return ([4, 6] as const).flatMap((family): [Name, Name, string][] => [
      ['a', 'b', this.address('b', family)],
      ['b', 'a', this.address('a', family)],
    ]);
  }

  /** They reach each other, and see each other's own addresses. */
  expectOpen(): void {
    for (const [from, to, address] of this.ways()) {
      const source = this.address(from, address.includes(':') ? 6 : 4);
      expect([from, reach(this.lab, from, { address, port: PORT })]).toEqual([from, `${to} ${source}`]);
    }
  }

  /** They reach each other, by whatever address. */
  expectReached(): void {
    for (const [from, to, address] of this.ways())
      expect(reach(this.lab, from, { address, port: PORT })).toContain(`${to} `);
  }

  async expectClosed(): Promise<void> {
    await Promise.all(this.ways().map(([from, , address]) => expectSilence(this.lab, from, [address], PORT)));
  }

  /** What the host has of filters beside its table. */
  routing(): string {
    return this.lab.shell(HOST, 'ip rule; ip -6 rule; ip route show table all; ip -6 route show table all');
  }

  /** From here on the filter counts the new connections that it forwards. */
  count(): void {
    this.#nft('own', 'tcp flags & (syn | ack) == syn counter');
  }

  counted(): number {
    const text = this.lab.exec('f', ['nft', 'list', 'table', 'inet', 'own']);
    return Number(/packets (\d+)/.exec(text)?.[1]);
  }

  refuse(): void {
    this.#nft('refusal', `tcp dport ${PORT} drop`);
  }

  #nft(table: string, rule: string): void {
    const chain = `chain c { type filter hook forward priority 0\n${rule}\n}`;
    this.lab.exec('f', ['nft', `table inet ${table} {\n${chain}\n}`]);
  }
}

const test = base.extend<{ cli: Cli; world: World }>({
  cli: async ({ lab }, use) => {
    const cli = new Cli(lab);
    await use(cli);
    await cli.endAll();
  },
  world: [
    async ({ lab, cli }, use) => {
      cli.tsnet('network', 'create', '--subnet', '10.71.0.0/24', '--subnet', 'fd71::/64', 'n1');
      cli.tsnet('network', 'create', '--subnet', '10.72.0.0/24', '--subnet', 'fd72::/64', 'n2');
      const world = new World(lab, cli);
      await use(world);
      await cli.endAll();
      for (const name of ['n1', 'n2']) cli.attempt('network', 'rm', name);
      expect(world.routing()).not.toMatch(/proto 116|10\.7[12]\.|fd7[12]:/);
    },
    { auto: true },
  ],
});

function add(cli: Cli): void {
  cli.tsnet('network', 'filter', 'add', 'n1', 'n2', '--through', 'f');
}

async function startAll(world: World): Promise<void> {
  await world.startFilter();
  await world.startMembers();
}

test('without a filter two networks of the command line do not call each other', async ({ world }) => {
  await world.startMembers();
  await world.startFilter();
  await world.expectClosed();
});

test('what goes from one to the other passes through the filter, which counts and refuses it', async ({
  lab,
  cli,
  world,
}) => {
  add(cli);
  await startAll(world);
  world.count();
  world.expectOpen();
  expect(world.counted()).toBe(world.ways().length);
  for (const [from, , address] of world.ways()) expect(ping(lab, from, address)).toBe(true);
  expect(cli.tsnet('network', 'filter', 'ls')).toMatch(/n[12] +n[12] +f +there/);
  expect(cli.json('network', 'inspect', 'n1')).toMatchObject([
    { Filters: [{ Network: 'n2', Through: 'f', IsThere: true }] },
  ]);
  // Nobody is told of a shorter way.
  for (const where of [HOST, 'f'])
    expect(lab.exec(where, ['cat', '/proc/sys/net/ipv4/conf/all/send_redirects'])).toBe('0\n');
  world.refuse();
  await world.expectClosed();
});

test('a filter may be put between networks that run; taken away, all is as before', async ({
  lab,
  cli,
  world,
}) => {
  await startAll(world);
  add(cli);
  world.expectOpen();
  cli.tsnet('network', 'filter', 'rm', 'n1', 'n2');
  await world.expectClosed();
  expect(world.routing()).not.toContain('proto 116');
  expect(elementsOf(lab)['filtered']).toEqual([]);
  expect(lab.shell('f', 'cat /proc/sys/net/ipv4/conf/eth?/forwarding')).toBe('0\n0\n');
  expect(lab.shell('f', 'cat /proc/sys/net/ipv6/conf/all/forwarding')).toBe('0\n');
  // Sources are looked at again: members that send by way of it get nowhere, whatever it does.
  lab.shell('a', `ip route add 10.72.0.0/24 via ${world.address('f', 4, 'n1')}`);
  lab.shell('b', `ip route add 10.71.0.0/24 via ${world.address('f', 4, 'n2')}`);
  lab.shell('f', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  await world.expectClosed();
});

describe('while the filter is not there, nothing passes', () => {
  test('before it starts, after it ends, and with it again', async ({ cli, world }) => {
    add(cli);
    await world.startMembers();
    await world.expectClosed();
    expect(cli.tsnet('network', 'filter', 'ls')).toMatch(/f +closed/);
    await world.startFilter();
    world.expectOpen();
    cli.tsnet('rm', '--force', 'f');
    await world.expectClosed();
    await world.startFilter();
    world.expectOpen();
  });

  test('nor when it is on one of the networks alone', async ({ cli, world }) => {
    add(cli);
    await world.startMembers();
    await world.start('f', '--network', 'n1');
    await world.expectClosed();
    expect(world.routing()).not.toMatch(/via .* proto 116/);
  });

  test('also where networks may call each other otherwise', async ({ cli, world }) => {
    for (const name of ['n1', 'n2']) cli.tsnet('network', 'rm', name);
    for (const at of [1, 2]) {
      const subnets = ['--subnet', `10.7${at}.0.0/24`, '--subnet', `fd7${at}::/64`];
      cli.tsnet('network', 'create', ...subnets, '-o', 'tsnet.isolation=false', `n${at}`);
    }
    await world.startMembers();
    world.expectReached();
    add(cli);
    await world.expectClosed();
    cli.tsnet('network', 'filter', 'rm', 'n1', 'n2');
    world.expectReached();
  });

  test('nor by a published port, which leads through the filter, too', async ({ lab, cli, world }) => {
    add(cli);
    await world.start('b', '--network', 'n2', '--publish', `8080:${PORT}`);
    await world.start('a', '--network', 'n1');
    await world.serve('b');
    const host = ['10.71.0.1', 'fd71::1'];
    await expectSilence(lab, 'a', host, 8080);
    await world.startFilter();
    world.count();
    for (const address of host) expect(reach(lab, 'a', { address, port: 8080 })).toMatch(/^b /);
    expect(world.counted()).toBe(2);
    world.refuse();
    await expectSilence(lab, 'a', host, 8080);
  });
});

test('by its routes alone it is closed, and by its rule alone', async ({ lab, cli, world }) => {
  add(cli);
  await startAll(world);
  lab.exec(HOST, ['nft', 'flush', 'table', 'inet', 'tsnet']);
  world.count();
  world.expectOpen();
  expect(world.counted()).toBe(world.ways().length);
  cli.tsnet('rm', '--force', 'f');
  lab.exec(HOST, ['nft', 'delete', 'table', 'inet', 'tsnet']);
  await world.expectClosed();
  // Every change writes the table anew, the filter with it.
  cli.tsnet('run', '--network', 'n1', '--', 'true');
  expect(elementsOf(lab)['filtered']).toHaveLength(2);
  lab.shell(HOST, 'ip rule flush proto 116; ip -6 rule flush proto 116');
  await world.expectClosed();
});

test('what somebody takes away comes back: with the next sandbox, and by GC', async ({
  lab,
  cni,
  cli,
  world,
}) => {
  add(cli);
  await startAll(world);
  const before = world.routing();
  const damage = (): void => {
    lab.exec(HOST, ['nft', 'flush', 'set', 'inet', 'tsnet', 'filtered']);
    lab.shell(
      HOST,
      'ip rule flush proto 116; ip -6 rule flush proto 116; ip route flush table all proto 116',
    );
  };
  damage();
  expect(cni.call('GC', 'c1', { ...bridgeConfig(), 'cni.dev/valid-attachments': [] }).status).toBe(0);
  expect(world.routing()).toBe(before);
  expect(elementsOf(lab)['filtered']).toHaveLength(2);
  damage();
  cli.tsnet('run', '--network', 'n1', '--', 'true');
  expect(world.routing()).toBe(before);
  world.expectOpen();
});

test('kill -9 of the filter: it is closed, and the filter can come again', async ({ cli, world }) => {
  add(cli);
  await startAll(world);
  const { pid } = world.running.get('f') ?? { pid: 0 };
  process.kill(pid, 'SIGKILL');
  await world.running.get('f')?.ended();
  for (let tries = 0; tries < 100 && cli.attempt('inspect', 'f').status === 0; tries++) await sleep(50);
  expect(cli.attempt('inspect', 'f').status).toBe(1);
  await world.expectClosed();
  expect(world.routing()).not.toMatch(/via .* proto 116/);
  await world.startFilter();
  world.expectOpen();
});

test('kill -9 between what the store has of its guard and what the kernel has: the next sandbox mends it', async ({
  lab,
  cli,
  world,
}) => {
  await startAll(world);
  const strict = (): string[] =>
    lab.shell(HOST, "nft list set bridge tsnet strict | grep -o 'veth[0-9a-f]*'").trim().split('\n');
  const before = strict();
  add(cli);
  world.expectOpen();
  // As before the filter was defined: what it sends with the addresses of others is dropped.
  const its = before.filter((port) => !strict().includes(port));
  expect(its).toHaveLength(2);
  lab.exec(HOST, ['nft', 'add', 'element', 'bridge', 'tsnet', 'strict', `{ ${its.join()} }`]);
  await world.expectClosed();
  cli.tsnet('run', '--network', 'n1', '--', 'true');
  world.expectOpen();
});

test('kill -9 of what defines and removes it, at any moment: saying it again makes it whole', async ({
  lab,
  cli,
  world,
}) => {
  await startAll(world);
  const say = (verb: string): string => `network filter ${verb} n1 n2${verb === 'add' ? ' --through f' : ''}`;
  for (const verb of ['add', 'rm']) {
    for (const delay of ['0.02', '0.04', '0.06', '0.08', '0.1', '0.14']) {
      lab.attempt(HOST, ['timeout', '-s', 'KILL', delay, executable, ...say(verb).split(' ')], cli.env);
      // Whatever was done of it, this is done of the rest; who was through already is told so.
      expect(cli.attempt(...say(verb).split(' ')).stderr).toMatch(
        /^$|have a filter already|no filter between/,
      );
      cli.tsnet('run', '--network', 'n1', '--', 'true');
      if (verb === 'add') world.expectOpen();
      else await world.expectClosed();
      cli.tsnet(...say(verb === 'add' ? 'rm' : 'add').split(' '));
    }
    if (verb === 'add') add(cli);
  }
});

test('it goes with one of its networks', async ({ lab, cli, world }) => {
  add(cli);
  await world.start('a', '--network', 'n1');
  expect(elementsOf(lab)['filtered']).toHaveLength(2);
  cli.tsnet('network', 'rm', 'n2');
  expect(elementsOf(lab)['filtered']).toEqual([]);
  expect(world.routing()).not.toContain('proto 116');
  expect(cli.tsnet('network', 'filter', 'ls').trim().split('\n')).toHaveLength(1);
});

test('a sandbox on two networks has its way out by the first', ({ cli }) => {
  const inside = cli.tsnet('run', '--network', 'n2', '--network', 'n1', '--', 'ip', 'route');
  expect(inside).toMatch(/^default via 10\.72\.0\.1 dev eth0/m);
  expect(inside).toMatch(/^10\.71\.0\.0\/24 dev eth1/m);
  expect(inside.match(/^default/gm)).toHaveLength(1);
});

describe('bad input: one line, nothing changed', () => {
  const filter = (...words: string[]): string[] => ['network', 'filter', ...words];
  test.for<[string, string[], RegExp]>([
    ['unknown network', filter('add', 'n1', 'nope', '--through', 'f'), /network nope not found/],
    ['itself', filter('add', 'n1', 'n1', '--through', 'f'), /network n1: a filter is between two networks/],
    ['no name', filter('add', 'n1', 'n2', '--through', '../f'), /--through "\.\.\/f": must be the name/],
    ['internal', filter('add', 'n1', 'inner', '--through', 'f'), /network inner: is internal/],
    ['no icc', filter('add', 'n1', 'apart', '--through', 'f'), /network apart: .*enable_icc/],
    ['not there', filter('rm', 'n1', 'n2'), /networks n1 and n2: no filter between them/],
    [
      'twice a network',
      ['run', '--network', 'n1', '--network', 'n1', '--', 'true'],
      /--network n1: given twice/,
    ],
    [
      'none beside',
      ['run', '--network', 'n1', '--network', 'none', '--', 'true'],
      /--network none: contradicts/,
    ],
  ])('%s', ([, words, message], { cli }) => {
    cli.tsnet('network', 'create', '--internal', 'inner');
    cli.tsnet('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'apart');
    const before = cli.tsnet('network', 'filter', 'ls');
    const { status, stdout, stderr } = cli.attempt(...words);
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(cli.tsnet('network', 'filter', 'ls')).toBe(before);
  });

  test('a second one between the same networks, either way round', ({ cli }) => {
    add(cli);
    expect(cli.attempt('network', 'filter', 'add', 'n2', 'n1', '--through', 'g').stderr).toMatch(
      /networks n2 and n1 have a filter already/,
    );
    cli.tsnet('network', 'filter', 'rm', 'n2', 'n1');
    expect(cli.attempt('network', 'filter', 'rm', 'n1', 'n2').status).toBe(1);
  });
});
