// The daemon puts right what others undo, without being called, and collects what nobody deletes.
import { join } from 'node:path';
import { expect } from 'vitest';
import { askDaemon, askOnce, daemonCall, TestDaemon } from './daemon.ts';
import { bridgeConfig, portsConfig, test as base } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, elementsOf, linkOf, linksOf, routesOf, sysctlOf, tablesOf } from './look.ts';
import { ping, reach } from './reach.ts';
import { readStore } from './store.ts';

const BOUND = { timeout: 20_000, interval: 50 };

interface Fixtures {
  /** One that tells in its log what it does; collects after a second. */
  readonly daemon: TestDaemon;
}

const test = base.extend<Fixtures>({
  daemon: async ({ lab }, use) => {
    const where = join(lab.runDir, 'metrics.sock');
    const env = { TSNET_LOG: 'info', TSNET_COLLECT_SECONDS: '1' };
    const daemon = await TestDaemon.start(lab, env, { options: ['--metrics', where] });
    await use(daemon);
    expect(await daemon.stop()).toBe(0);
  },
});

const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };

async function add(lab: Lab, name: string, config: Record<string, unknown>): Promise<void> {
  lab.container(name);
  expect(await askOnce(lab, daemonCall(lab, 'ADD', name, config))).toMatchObject({
    kinds: 'BX',
    exitCode: 0,
  });
}

async function remove(lab: Lab, name: string): Promise<void> {
  const answer = await askOnce(lab, daemonCall(lab, 'DEL', name, bridgeConfig()));
  expect(answer).toMatchObject({ kinds: 'BX', exitCode: 0 });
}

async function check(
  lab: Lab,
  name: string,
  config: Record<string, unknown> = bridgeConfig(),
): Promise<void> {
  expect(await askOnce(lab, daemonCall(lab, 'CHECK', name, config))).toMatchObject({
    stdout: '',
    exitCode: 0,
  });
}

/** What the daemon has logged with that message, of what. */
function logged({ lines }: TestDaemon, message: string): Record<string, unknown>[] {
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === message);
}

const subjects = (daemon: TestDaemon): unknown[] => logged(daemon, 'mended').map(({ subject }) => subject);

/** Waits until a published port answers on all ways. */
async function answersAgain(lab: Lab): Promise<void> {
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    await expect
      .poll(() => reach(lab, OUTSIDE.name, { address: host, port: 8080 }), BOUND)
      .toBe(`c1 ${outside}`);
    const address = family === 4 ? '127.0.0.1' : '::1';
    await expect.poll(() => reach(lab, HOST, { address, port: 8080 }), BOUND).toMatch(/^c1 /);
  }
}

test('a ruleset that is flushed comes back, and what a published port needs with it', async ({
  lab,
  daemon,
}) => {
  lab.addOutside();
  await add(lab, 'c1', portsConfig([web]));
  await lab.serve('c1', 80);
  await answersAgain(lab);
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  await answersAgain(lab);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['table inet tsnet']);
  expect(logged(daemon, 'mended')[0]?.['problems']).toContain(
    'rules in chain "postrouting" of table inet tsnet are missing or wrong',
  );
  await check(lab, 'c1');
  await remove(lab, 'c1');
});

test('an element that is deleted, a rule that is added: the table is as it was', async ({ lab, daemon }) => {
  await add(lab, 'c1', portsConfig([web]));
  const before = elementsOf(lab);
  expect(before['endpoints4']).toHaveLength(1);
  lab.exec(HOST, ['nft', 'flush', 'set', 'inet', 'tsnet', 'endpoints4']);
  await expect.poll(() => elementsOf(lab), BOUND).toEqual(before);
  lab.exec(HOST, ['nft', 'insert', 'rule', 'inet', 'tsnet', 'forward', 'drop']);
  const rules = (): string => lab.exec(HOST, ['nft', 'list', 'chain', 'inet', 'tsnet', 'forward']);
  await expect.poll(rules, BOUND).not.toMatch(/^\s*drop$/m);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['table inet tsnet', 'table inet tsnet']);
  await remove(lab, 'c1');
});

test('a bridge that is deleted is made anew, with ports, addresses and the way to loopback', async ({
  lab,
  daemon,
}) => {
  lab.addOutside();
  await add(lab, 'c1', portsConfig([web]));
  await add(lab, 'c2', bridgeConfig());
  await lab.serve('c1', 80);
  const before = { addresses: addressesOf(lab, HOST, 'cni0', true), mac: linkOf(lab, HOST, 'cni0').address };
  lab.exec(HOST, ['ip', 'link', 'delete', 'cni0']);
  await answersAgain(lab);
  const now = { addresses: addressesOf(lab, HOST, 'cni0', true), mac: linkOf(lab, HOST, 'cni0').address };
  expect(now).toEqual(before);
  expect(sysctlOf(lab, HOST, 'ipv4/conf/cni0/route_localnet')).toBe('1');
  expect(routesOf(lab, HOST, 6, 'local')).toContainEqual(
    expect.objectContaining({ dst: '::1', dev: 'cni0' }),
  );
  const [address = ''] = addressesOf(lab, 'c2', 'eth0');
  expect(ping(lab, 'c1', address.split('/')[0] ?? '')).toBe(true);
  await expect
    .poll(() => logged(daemon, 'mended'), BOUND)
    .toMatchObject([{ subject: 'bridge cni0', problems: ['it is missing'] }]);
  await check(lab, 'c1');
  await check(lab, 'c2');
  await remove(lab, 'c1');
  await remove(lab, 'c2');
});

test('addresses taken from a bridge, a bridge set down, a port pulled out: all put back', async ({
  lab,
  daemon,
}) => {
  await add(lab, 'c1', bridgeConfig());
  const before = addressesOf(lab, HOST, 'cni0', true);
  const [port] = linksOf(lab, HOST).filter(({ ifname }) => ifname.startsWith('veth'));
  const isWell = (): boolean => {
    const { flags } = linkOf(lab, HOST, 'cni0');
    const { master } = linkOf(lab, HOST, port?.ifname ?? '');
    return (
      flags.includes('UP') && master === 'cni0' && ping(lab, 'c1', '10.1.0.1') && ping(lab, 'c1', 'fd00:1::1')
    );
  };
  const damages = [
    'ip address flush dev cni0',
    'ip address del 10.1.0.1/24 dev cni0',
    'ip link set cni0 down',
    `ip link set ${port?.ifname ?? ''} nomaster`,
  ];
  for (const [at, damage] of damages.entries()) {
    lab.shell(HOST, damage);
    await expect.poll(() => subjects(daemon).length, BOUND).toBe(at + 1);
    expect(isWell()).toBe(true);
    expect(new Set(addressesOf(lab, HOST, 'cni0', true))).toEqual(new Set(before));
  }
  await check(lab, 'c1');
  await remove(lab, 'c1');
});

test("a pair without a bridge: addresses taken from the host's end, the end set down, its accept rules flushed", async ({
  lab,
  daemon,
}) => {
  lab.shell(
    HOST,
    `nft add table ip filter
    nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
    nft add chain ip filter DOCKER-USER
    nft add rule ip filter FORWARD jump DOCKER-USER`,
  );
  lab.addOutside();
  const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];
  const ipam = { type: 'host-local', ranges, routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }] };
  const ptp = { cniVersion: '1.1.0', name: 'net', type: 'ptp', ipMasq: true, ipam };
  lab.container('c1');
  const added = await askOnce(lab, daemonCall(lab, 'ADD', 'c1', ptp));
  const prevResult = JSON.parse(added.stdout) as { interfaces: { name: string }[] };
  const portMappings = [web];
  const chain: Record<string, unknown>[] = [
    { cniVersion: '1.1.0', name: 'net', type: 'portmap', runtimeConfig: { portMappings }, prevResult },
    { cniVersion: '1.1.0', name: 'net', type: 'firewall', prevResult },
  ];
  for (const config of chain)
    expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c1', config))).toMatchObject({ exitCode: 0 });
  await lab.serve('c1', 80);
  const end = prevResult.interfaces[0]?.name ?? '';
  const before = addressesOf(lab, HOST, end, true);
  const accepting = (): string => lab.exec(HOST, ['nft', 'list', 'chain', 'ip', 'filter', 'DOCKER-USER']);
  const rules = accepting();
  expect(rules).toContain('tsnet: ');
  await answersAgain(lab);
  const damages = [
    `ip address del 10.1.0.1/32 dev ${end}`,
    `ip -6 address del fd00:1::1/128 dev ${end}`,
    `ip address flush dev ${end}`,
    `ip link set ${end} down`,
  ];
  for (const [at, damage] of damages.entries()) {
    lab.shell(HOST, damage);
    await expect.poll(() => subjects(daemon), BOUND).toEqual(Array(at + 1).fill('pair net/c1/eth0'));
    expect(addressesOf(lab, HOST, end, true).sort()).toEqual(before.toSorted());
  }
  lab.exec(HOST, ['nft', 'flush', 'chain', 'ip', 'filter', 'DOCKER-USER']);
  await expect.poll(() => subjects(daemon).at(-1), BOUND).toBe('filters of others');
  expect(accepting().match(/tsnet: /g)).toHaveLength(rules.match(/tsnet: /g)?.length ?? 0);
  await answersAgain(lab);
  await check(lab, 'c1', ptp);
  for (const config of [...chain.toReversed(), ptp])
    expect(await askOnce(lab, daemonCall(lab, 'DEL', 'c1', config))).toMatchObject({ exitCode: 0 });
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
});

test('its own work is no sign of damage', async ({ lab, daemon }) => {
  const names = Array.from({ length: 10 }, (_, at) => `c${at}`);
  for (const name of names) lab.container(name);
  const config = portsConfig([]);
  for (let round = 0; round < 3; round++) {
    const calls = (verb: string) => names.map((name) => daemonCall(lab, verb, name, config));
    for (const { exitCode } of await askDaemon(lab, calls('ADD'))) expect(exitCode).toBe(0);
    for (const { exitCode } of await askDaemon(lab, calls('DEL'))) expect(exitCode).toBe(0);
  }
  // A sign that comes behind all of these.
  await add(lab, 'c0', config);
  lab.exec(HOST, ['ip', 'link', 'delete', 'cni0']);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['bridge cni0']);
  await remove(lab, 'c0');
});

test('calls that are processes of their own are no sign of damage either', async ({ lab, cni, daemon }) => {
  for (const name of ['c1', 'c2', 'c3']) {
    lab.container(name);
    cni.add(name, bridgeConfig());
  }
  lab.exec(HOST, ['ip', 'link', 'delete', 'cni0']);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['bridge cni0']);
  expect(cni.call('CHECK', 'c1', bridgeConfig())).toMatchObject({ status: 0, stdout: '' });
});

test('what it finds damaged at its start is mended, too', async ({ lab, cni }) => {
  lab.container('c1');
  cni.add('c1', bridgeConfig());
  lab.shell(HOST, 'nft flush ruleset; ip address flush dev cni0');
  const daemon = await TestDaemon.start(lab, { TSNET_LOG: 'info' });
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['bridge cni0', 'table inet tsnet']);
  expect(cni.call('CHECK', 'c1', bridgeConfig())).toMatchObject({ status: 0, stdout: '' });
  expect(await daemon.stop()).toBe(0);
});

test('who damages it again and again is not fought', async ({ lab, daemon }) => {
  await add(lab, 'c1', bridgeConfig());
  for (let times = 1; times <= 6; times++) {
    lab.exec(HOST, ['nft', 'delete', 'table', 'inet', 'tsnet']);
    await expect.poll(() => subjects(daemon).length, BOUND).toBe(times);
  }
  lab.exec(HOST, ['nft', 'delete', 'table', 'inet', 'tsnet']);
  const warned = (): boolean =>
    daemon.lines.some((line) => line.includes('table inet tsnet: damaged again and again'));
  await expect.poll(warned, BOUND).toBe(true);
  expect(tablesOf(lab)).toEqual([]);
  expect(subjects(daemon)).toHaveLength(6);
  await remove(lab, 'c1');
});

test('accept rules are put back into a filter that its owner has flushed', async ({ lab, daemon }) => {
  lab.shell(
    HOST,
    `nft add table ip filter
    nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
    nft add chain ip filter DOCKER-USER
    nft add rule ip filter FORWARD jump DOCKER-USER`,
  );
  await add(lab, 'c1', bridgeConfig());
  const { stdout } = await askOnce(
    lab,
    daemonCall(lab, 'ADD', 'c2', bridgeConfig(), { netns: lab.container('c2') }),
  );
  const config = {
    cniVersion: '1.1.0',
    name: 'net',
    type: 'firewall',
    prevResult: JSON.parse(stdout) as unknown,
  };
  const firewall = (verb: string) => askOnce(lab, daemonCall(lab, verb, 'c2', config));
  expect(await firewall('ADD')).toMatchObject({ exitCode: 0 });
  const rules = (): string => lab.exec(HOST, ['nft', 'list', 'chain', 'ip', 'filter', 'DOCKER-USER']);
  const before = rules();
  expect(before).toContain('tsnet: ');
  lab.exec(HOST, ['nft', 'flush', 'chain', 'ip', 'filter', 'DOCKER-USER']);
  await expect.poll(() => rules().match(/tsnet: /g)?.length, BOUND).toBe(before.match(/tsnet: /g)?.length);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['filters of others']);
  expect(await firewall('DEL')).toMatchObject({ exitCode: 0 });
  await remove(lab, 'c2');
  await remove(lab, 'c1');
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
});

test('what belongs to a namespace that is gone is collected, and nothing else', async ({ lab, daemon }) => {
  await add(lab, 'c1', portsConfig([web]));
  await add(lab, 'c2', bridgeConfig());
  // Alive by a process, though its name is gone.
  await add(lab, 'c3', bridgeConfig());
  await lab.serve('c3', 80);
  lab.shell(HOST, 'umount /run/netns/c3 && rm /run/netns/c3');
  const one = { cniVersion: '1.1.0', name: 'alone', type: 'none' };
  lab.container('c4');
  expect(await askOnce(lab, daemonCall(lab, 'ADD', 'c4', one))).toMatchObject({ exitCode: 0 });
  lab.endContainer('c1');
  lab.endContainer('c4');
  const owners = (): unknown[] => readStore(lab).endpoint.map(({ container }) => container);
  await expect.poll(owners, BOUND).toEqual(['c2', 'c3']);
  expect(elementsOf(lab)['endpoints4']).toHaveLength(2);
  const collected = (): unknown[] =>
    logged(daemon, 'collected: its sandbox is gone').map(({ endpoint }) => endpoint);
  await expect.poll(() => collected().sort(), BOUND).toEqual(['alone/c4/eth0', 'net/c1/eth0']);
  await check(lab, 'c2');
  await remove(lab, 'c2');
  await remove(lab, 'c3');
  lab.forget('c3');
});

test('metrics are told on a socket for root alone', async ({ lab, daemon }) => {
  await add(lab, 'c1', portsConfig([web]));
  await askOnce(lab, daemonCall(lab, 'ADD', 'c1', bridgeConfig()));
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  await expect.poll(() => subjects(daemon), BOUND).toEqual(['table inet tsnet']);
  const where = join(lab.runDir, 'metrics.sock');
  expect(lab.exec(HOST, ['stat', '-c', '%a', where]).trim()).toBe('600');
  const told = lab.exec(HOST, ['curl', '-sS', '--unix-socket', where, 'http://tsnet/metrics']).split('\n');
  for (const line of [
    '# TYPE tsnet_calls_total counter',
    'tsnet_calls_total{verb="ADD",plugin="bridge",code="0"} 1',
    'tsnet_call_seconds_count{verb="ADD"} 2',
    'tsnet_call_seconds_bucket{verb="ADD",le="+Inf"} 2',
    'tsnet_endpoints{mode="bridge",state="ready"} 1',
    'tsnet_leases{network="net"} 2',
    'tsnet_pool_addresses{network="net",range="10.1.0.1-10.1.0.254"} 254',
    'tsnet_pool_leases{network="net",range="10.1.0.1-10.1.0.254"} 1',
    'tsnet_mendings_total{of="table"} 1',
    'tsnet_table_rebuilds_total{table="inet tsnet"} 2',
  ])
    expect(told).toContain(line);
  expect(told.filter((line) => /^tsnet_ports\{.*\} 2$/.test(line))).toHaveLength(1);
  const other = lab.exec(HOST, [
    'curl',
    '-sS',
    '-w',
    '%{http_code}',
    '--unix-socket',
    where,
    'http://tsnet/',
  ]);
  expect(other).toContain('404');
  await remove(lab, 'c1');
});
