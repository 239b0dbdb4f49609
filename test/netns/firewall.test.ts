// The firewall plugin behind our bridge: filters of others that drop what is forwarded, and networks kept apart.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Cli } from './cli.ts';
import type { Cni, ErrorJson } from './cni.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf, tablesOf } from './look.ts';
import { isSilent, ping, reach } from './reach.ts';
import { readStore } from './store.ts';

const REFERENCE = '/usr/lib/cni/firewall';
const plugin = { plugin: 'firewall' };
const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };

type Keys = Readonly<Record<string, unknown>>;

function firewallConfig(prevResult: unknown, keys: Keys = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'net', type: 'firewall', prevResult, ...keys };
}

/** Bridge and firewall as a chain, and both ways back. */
class Chain {
  readonly #cni: Cni;
  readonly #lab: Lab;
  readonly #added: [string, Keys, Keys][] = [];

  constructor(cni: Cni, lab: Lab) {
    this.#cni = cni;
    this.#lab = lab;
  }

  add(container: string, keys: Keys = {}, bridge: Keys = bridgeConfig()): Record<string, unknown> {
    const prevResult = this.#cni.add(container, bridge);
    const config = firewallConfig(prevResult, { name: bridge['name'], ...keys });
    const outcome = this.#cni.call('ADD', container, config, plugin);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual(prevResult);
    this.#added.push([container, bridge, config]);
    return config;
  }

  delAll(netns?: string): void {
    for (const [container, bridge, config] of this.#added.splice(0).reverse()) {
      const options = netns === undefined ? {} : { netns };
      for (let times = 0; times < 2; times++)
        expect(this.#cni.call('DEL', container, config, { ...plugin, ...options })).toMatchObject({
          status: 0,
          stdout: '',
          stderr: '',
        });
      this.#cni.del(container, bridge, options);
    }
  }

  get lab(): Lab {
    return this.#lab;
  }
}

const test = base.extend<{ chain: Chain }>({
  chain: async ({ lab, cni, skip }, use) => {
    if (lab.attempt(HOST, ['iptables', '-S']).status !== 0) skip('iptables-nft does not work here');
    lab.addOutside();
    const chain = new Chain(cni, lab);
    await use(chain);
    chain.delAll();
  },
});

const tools = ['iptables', 'ip6tables'] as const;

/** The rules of both families, without what changes by itself: dates and counters. */
function saved(lab: Lab): string[] {
  return tools.flatMap((tool) =>
    lab
      .exec(HOST, [`${tool}-save`])
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\[\d+:\d+\]$/, '')),
  );
}

function listed(lab: Lab, tool: (typeof tools)[number], ...chain: string[]): string[] {
  return lab
    .exec(HOST, [tool, '-S', ...chain])
    .trim()
    .split('\n');
}

function both(lab: Lab, ...lines: string[]): void {
  for (const tool of tools) lab.shell(HOST, lines.map((line) => `${tool} ${line}`).join('\n'));
}

const ours = (chain: string): string[] => [
  `-A ${chain} -i cni0 -m comment --comment "tsnet: from cni0" -j ACCEPT`,
  `-A ${chain} -o cni0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -m comment --comment "tsnet: answers and published ports to cni0" -j ACCEPT`,
];

const published = bridgeConfig({ runtimeConfig: { portMappings: [web] } });

async function serveBoth(lab: Lab): Promise<void> {
  await lab.serve(OUTSIDE.name, 7000);
  await lab.serve('c1', 80);
}

function expectPassage(lab: Lab): void {
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    expect(reach(lab, 'c1', { address: outside, port: 7000 })).toBe(`outside ${host}`);
    expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toBe(`c1 ${outside}`);
  }
}

describe('policy DROP without any chain for others', () => {
  test('nothing passes without the plugin, with it traffic out and published ports do', async ({
    lab,
    cni,
    chain,
  }) => {
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    cni.add('c1', published);
    await serveBoth(lab);
    expect(isSilent(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000 })).toBe(true);
    expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe(true);
    expect(saved(lab)).toEqual(before);
    cni.del('c1', published);
    chain.add('c1', {}, published);
    expectPassage(lab);
    for (const tool of tools) {
      expect(listed(lab, tool, 'CNI-FORWARD')).toEqual(['-N CNI-FORWARD', ...ours('CNI-FORWARD')]);
      expect(listed(lab, tool, 'FORWARD')).toEqual([
        '-P FORWARD DROP',
        '-A FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD',
      ]);
    }
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });

  test('a new connection from outside to a port that is not published does not pass', async ({
    lab,
    chain,
  }) => {
    both(lab, '-P FORWARD DROP');
    lab.shell(
      OUTSIDE.name,
      'ip route add 10.1.0.0/24 via 192.0.2.2; ip -6 route add fd00:1::/64 via 2001:db8::2',
    );
    chain.add('c1', {}, bridgeConfig({ ipMasq: false }));
    await serveBoth(lab);
    expect(reach(lab, 'c1', { address: OUTSIDE[4].outside, port: 7000 })).toBe('outside 10.1.0.2');
    expect(isSilent(lab, OUTSIDE.name, { address: '10.1.0.2', port: 80 })).toBe(true);
    expect(isSilent(lab, OUTSIDE.name, { address: 'fd00:1::2', port: 80 })).toBe(true);
  });

  test('the rules are for the bridge: a second container adds none, the last one takes them', ({
    lab,
    chain,
    cni,
  }) => {
    both(lab, '-P FORWARD DROP', '-N CNI-ADMIN');
    const before = saved(lab);
    const first = chain.add('c1');
    const once = saved(lab);
    chain.add('c2');
    expect(saved(lab)).toEqual(once);
    expect(listed(lab, 'iptables', 'CNI-FORWARD')[1]).toBe(
      '-A CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j CNI-ADMIN',
    );
    cni.call('DEL', 'c1', first, plugin);
    expect(saved(lab)).toEqual(once);
    expect(ping(lab, 'c2', OUTSIDE[4].outside)).toBe(true);
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });

  test('a rule that rejects everything counts as well', ({ lab, chain }) => {
    lab.exec(HOST, ['iptables', '-A', 'FORWARD', '-j', 'REJECT']);
    const before = saved(lab);
    chain.add('c1');
    expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });
});

describe("Docker's and ufw's chains", () => {
  test('DOCKER-USER takes the rules, behind those of the admin and before the last return', async ({
    lab,
    chain,
  }) => {
    both(
      lab,
      ...['-P FORWARD DROP', '-N DOCKER-USER', '-A FORWARD -j DOCKER-USER'],
      ...['-A DOCKER-USER -i cni0 -p tcp --dport 25 -j DROP', '-A DOCKER-USER -j RETURN'],
    );
    const before = saved(lab);
    chain.add('c1', {}, published);
    await serveBoth(lab);
    expectPassage(lab);
    for (const tool of tools) {
      expect(listed(lab, tool, 'DOCKER-USER')).toEqual([
        '-N DOCKER-USER',
        '-A DOCKER-USER -i cni0 -p tcp -m tcp --dport 25 -j DROP',
        ...ours('DOCKER-USER'),
        '-A DOCKER-USER -j RETURN',
      ]);
      expect(listed(lab, tool)).not.toContain('-N CNI-FORWARD');
    }
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });

  test("ufw's user chains take them, each in its family", ({ lab, chain }) => {
    const made: [string, string][] = [
      ['iptables', 'ufw'],
      ['ip6tables', 'ufw6'],
    ];
    for (const [tool, name] of made)
      lab.shell(
        HOST,
        `${tool} -P FORWARD DROP; ${tool} -N ${name}-before-forward; ${tool} -N ${name}-user-forward
         ${tool} -A FORWARD -j ${name}-before-forward; ${tool} -A ${name}-before-forward -j ${name}-user-forward`,
      );
    const before = saved(lab);
    chain.add('c1');
    expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
    expect(ping(lab, 'c1', OUTSIDE[6].outside)).toBe(true);
    expect(listed(lab, 'ip6tables', 'ufw6-user-forward')).toEqual([
      '-N ufw6-user-forward',
      ...ours('ufw6-user-forward'),
    ]);
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });

  test('a DOCKER-USER that nobody calls is not used', ({ lab, chain }) => {
    both(lab, '-P FORWARD DROP', '-N DOCKER-USER');
    chain.add('c1');
    expect(listed(lab, 'iptables', 'DOCKER-USER')).toEqual(['-N DOCKER-USER']);
    expect(ping(lab, 'c1', OUTSIDE[4].outside)).toBe(true);
  });

  test('rules that iptables-restore has brought back are found again', ({ lab, chain }) => {
    both(lab, '-N DOCKER-USER', '-A FORWARD -j DOCKER-USER');
    const before = saved(lab);
    chain.add('c1');
    const dump = lab.exec(HOST, ['iptables-save']);
    expect(lab.attempt(HOST, ['iptables-restore'], {}, dump).status).toBe(0);
    const restored = saved(lab);
    chain.add('c2');
    expect(saved(lab)).toEqual(restored);
    chain.delAll();
    expect(saved(lab)).toEqual(before);
  });
});

test('without a filter of others nothing but our own table is made', ({ lab, chain }) => {
  both(lab, '-P FORWARD ACCEPT');
  const before = saved(lab);
  chain.add('c1');
  expect(saved(lab)).toEqual(before);
  expect(tablesOf(lab).sort()).toEqual(['filter', 'filter', 'tsnet']);
});

test('firewalld is out of reach, and the log says so', ({ lab, cni, chain }) => {
  lab.shell(
    HOST,
    'nft add table inet firewalld; nft add chain inet firewalld filter_FORWARD "{ type filter hook forward priority 10; }"',
  );
  const config = chain.add('c1');
  expect(cni.call('DEL', 'c1', config, plugin).status).toBe(0);
  const env = { TSNET_LOG: 'info' };
  const { status, stderr } = cni.call('ADD', 'c1', config, { ...plugin, env });
  expect(status).toBe(0);
  expect(stderr).toContain('"outOfReach":["firewalld"]');
});

describe('CHECK, GC and crashes', () => {
  const damages: readonly [string, string, RegExp][] = [
    [
      'the chain flushed',
      'iptables -F CNI-FORWARD',
      /accept rules for "cni0" in chain CNI-FORWARD of table ip filter/,
    ],
    ['the jump gone', 'ip6tables -F FORWARD', /chain CNI-FORWARD of table ip6 filter are missing/],
    [
      'the set flushed',
      'nft flush set inet tsnet guarded',
      /its elements in set "guarded" of table inet tsnet/,
    ],
    ['our rules gone', 'nft flush chain inet tsnet forward', /rules in chain "forward" of table inet tsnet/],
  ];
  test.for(damages)(
    'CHECK tells: %s; the next ADD mends what others have flushed',
    ([, damage, words], { lab, cni, chain }) => {
      both(lab, '-P FORWARD DROP');
      const config = chain.add('c1', { ingressPolicy: 'same-bridge' });
      const check = { ...config, prevResult: config['prevResult'] };
      expect(cni.call('CHECK', 'c1', check, plugin)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const before = saved(lab);
      lab.shell(HOST, damage);
      expect(cni.fail('CHECK', 'c1', check, plugin)).toMatchObject<Partial<ErrorJson>>({
        code: 105,
        msg: expect.stringMatching(words) as string,
      });
      chain.add('c2', { ingressPolicy: 'same-bridge' });
      expect(saved(lab)).toEqual(before);
    },
  );

  test('DEL without the namespace, and without its path', ({ lab, chain }) => {
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    chain.add('c1', { ingressPolicy: 'isolated' });
    lab.endContainer('c1');
    chain.delAll('');
    expect(saved(lab)).toEqual(before);
  });

  test('GC takes rules away, also those of a store that was lost', ({ lab, cni, chain, ownLinks }) => {
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    const config = chain.add('c1', { ingressPolicy: 'same-bridge' });
    const gc = { ...config, prevResult: undefined, 'cni.dev/valid-attachments': [] };
    expect(cni.call('GC', 'c1', gc, plugin).status).toBe(0);
    expect(saved(lab)).toEqual(before);
    expect(readStore(lab).endpoint).toEqual([]);
    // Nobody is left to take the bridge away.
    ownLinks.push('cni0');
    chain.add('c2');
    lab.shell(HOST, `rm -r ${lab.runDir}`);
    expect(cni.call('GC', 'c1', gc, plugin).status).toBe(0);
    expect(saved(lab)).toEqual(before);
  });

  test('ADD killed at any moment: DEL leaves nothing', async ({ lab, cni, chain }) => {
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    const prevResult = cni.add('c1', bridgeConfig());
    const config = firewallConfig(prevResult, { ingressPolicy: 'isolated' });
    for (const wait of [20, 30, 40, 50, 60]) {
      const { child, outcome } = cni.start('ADD', 'c1', config, plugin);
      await new Promise((resolve) => setTimeout(resolve, wait));
      child.kill('SIGKILL');
      await outcome;
      expect(cni.call('DEL', 'c1', config, plugin).status).toBe(0);
      expect(saved(chain.lab)).toEqual(before);
      expect(readStore(lab).endpoint).toHaveLength(1);
    }
  });
});

describe('ingressPolicy', () => {
  const other = bridgeConfig({
    name: 'other',
    bridge: 'cni1',
    ipam: { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] },
  });

  // Who has to answer is given time to; silence is told at once.
  function expectAnswers(lab: Lab, from: string, ...addresses: string[]): void {
    for (const address of addresses) expect(reach(lab, from, { address, port: 80 })).toBeDefined();
  }

  function expectSilence(lab: Lab, from: string, ...addresses: string[]): void {
    for (const address of addresses)
      expect([address, isSilent(lab, from, { address, port: 80 })]).toEqual([address, true]);
  }

  test('same-bridge: neighbours and published ports answer, other networks get nothing', async ({
    lab,
    chain,
  }) => {
    chain.add('c1', { ingressPolicy: 'same-bridge' }, published);
    chain.add('c2', { ingressPolicy: 'same-bridge' });
    chain.add('far', { ingressPolicy: 'same-bridge' }, other);
    chain.add(
      'open',
      {},
      bridgeConfig({
        ...other,
        name: 'third',
        bridge: 'cni2',
        ipam: { type: 'host-local', subnet: '10.3.0.0/24' },
      }),
    );
    for (const name of ['c1', 'far', 'open']) await lab.serve(name, 80);
    expectAnswers(lab, 'c2', '10.1.0.2', 'fd00:1::2');
    expectSilence(lab, 'far', '10.1.0.2', 'fd00:1::2');
    expectSilence(lab, 'open', '10.1.0.2');
    expectAnswers(lab, 'c1', '10.3.0.2');
    expectSilence(lab, 'c1', '10.2.0.2');
    expectAnswers(lab, HOST, '10.1.0.2', 'fd00:1::2');
    expect(reach(lab, 'far', { address: '10.2.0.1', port: 8080 })).toMatch(/^c1 /);
    expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(
      `c1 ${OUTSIDE[4].outside}`,
    );
    expect(elementsOf(lab)['guarded']).toEqual(expect.arrayContaining(['cni0', 'cni1']));
  });

  test('isolated: not even neighbours, by the bridge or by the gateway', async ({ lab, cni, chain }) => {
    const config = chain.add('c1', { ingressPolicy: 'isolated' }, published);
    chain.add('c2', { ingressPolicy: 'isolated' });
    await lab.serve('c1', 80);
    expectSilence(lab, 'c2', '10.1.0.2', 'fd00:1::2');
    lab.shell('c2', 'ip route add 10.1.0.2/32 via 10.1.0.1; ip -6 route add fd00:1::2/128 via fd00:1::1');
    expectSilence(lab, 'c2', '10.1.0.2', 'fd00:1::2');
    expectAnswers(lab, HOST, '10.1.0.2', 'fd00:1::2');
    expect(ping(lab, 'c2', OUTSIDE[4].outside)).toBe(true);
    expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe(
      `c1 ${OUTSIDE[6].outside}`,
    );
    lab.shell(
      HOST,
      'for port in $(ip -br link show master cni0 | cut -d@ -f1); do ip link set $port type bridge_slave isolated off; done',
    );
    expect(cni.fail('CHECK', 'c1', config, plugin).msg).toMatch(
      /bridge port "veth[0-9a-f]+" is not isolated/,
    );
  });

  test('neighbours answer where bridged packets pass the tables, too', async ({ lab, chain, skip }) => {
    const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
    if (lab.attempt(HOST, ['test', '-e', setting]).status !== 0) skip('there is no br_netfilter');
    lab.shell(HOST, `echo 1 > ${setting}`);
    chain.add('c1', { ingressPolicy: 'same-bridge' });
    chain.add('c2', { ingressPolicy: 'same-bridge' });
    await lab.serve('c1', 80);
    expectAnswers(lab, 'c2', '10.1.0.2');
  });
});

describe('bad input', () => {
  test('changes nothing and tells why', ({ lab, cni, chain }) => {
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    const result = cni.add('c1', bridgeConfig());
    const fails = (config: Keys): ErrorJson => cni.fail('ADD', 'c1', config, plugin);
    expect(fails(firewallConfig(undefined))).toMatchObject({
      code: 7,
      msg: 'must be called as chained plugin',
    });
    expect(fails(firewallConfig(result, { ingressPolicy: 'closed' }))).toMatchObject({
      code: 7,
      msg: expect.stringContaining('unknown ingress policy: "closed"') as string,
    });
    expect(fails(firewallConfig(result, { iptablesAdminChainName: 'two words' }))).toMatchObject({ code: 7 });
    const inside = { ...result, interfaces: [{ name: 'eth0', sandbox: '/run/netns/c1' }] };
    const adrift = { ...inside, ips: result.ips?.map((ip) => ({ ...ip, interface: 0 })) };
    expect(fails(firewallConfig(adrift, { ingressPolicy: 'isolated' }))).toMatchObject({
      code: 7,
      msg: expect.stringContaining('prevResult has no interface of the host') as string,
    });
    expect(saved(chain.lab)).toEqual(before);
    expect(readStore(lab).endpoint).toHaveLength(1);
  });

  test('what no device of the host forwards is left alone', ({ lab, cni }) => {
    const result = cni.add('c1', bridgeConfig());
    both(lab, '-P FORWARD DROP');
    const before = saved(lab);
    const adrift = firewallConfig({
      ...result,
      interfaces: [{ name: 'eth0', sandbox: '/run/netns/c1' }],
      ips: [],
    });
    expect(cni.call('ADD', 'c1', adrift, plugin).status).toBe(0);
    expect(cni.call('CHECK', 'c1', adrift, plugin).status).toBe(0);
    expect(saved(lab)).toEqual(before);
    expect(cni.call('DEL', 'c1', adrift, plugin).status).toBe(0);
  });
});

test('together with the reference: one jump, and each takes its own rules away', ({
  lab,
  cni,
  chain,
  skip,
}) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  both(lab, '-P FORWARD DROP');
  chain.add('c1');
  const result = cni.add('c2', bridgeConfig({ cniVersion: '0.4.0' }));
  const config = JSON.stringify(firewallConfig(result, { cniVersion: '0.4.0', backend: 'iptables' }));
  const reference = (verb: string): number | null =>
    lab.attempt(
      HOST,
      [REFERENCE],
      {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: 'c2',
        CNI_NETNS: '/run/netns/c2',
        CNI_IFNAME: 'eth0',
        CNI_PATH: join(REFERENCE, '..'),
      },
      config,
    ).status;
  expect(reference('ADD')).toBe(0);
  expect(listed(lab, 'iptables', 'FORWARD')).toHaveLength(2);
  chain.delAll();
  expect(listed(lab, 'iptables', 'CNI-FORWARD')).toEqual(
    expect.arrayContaining(['-A CNI-FORWARD -s 10.1.0.3/32 -j ACCEPT']),
  );
  expect(ping(lab, 'c2', OUTSIDE[4].outside)).toBe(true);
  expect(reference('DEL')).toBe(0);
});

test("tsnet's own networks need no plugin: `tsnet run` passes, and leaves the filter as it was", ({
  lab,
  chain,
}) => {
  both(chain.lab, '-P FORWARD DROP');
  const before = saved(lab);
  const cli = new Cli(lab);
  for (const { outside } of [OUTSIDE[4], OUTSIDE[6]])
    expect(cli.attempt('run', '--', 'ping', '-n', '-c', '1', '-W', '5', outside).status).toBe(0);
  expect(saved(lab)).toEqual(before);
});
