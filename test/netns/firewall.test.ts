// The firewall plugin behind our bridge: filters of others that drop what is forwarded.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Cli } from './cli.ts';
import { bridgeConfig } from './fixture.ts';
import {
  both,
  expectPassage,
  firewallConfig,
  listed,
  ours,
  plugin,
  published,
  saved,
  serveBoth,
  test,
  tools,
} from './firewall-chain.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { tablesOf } from './look.ts';
import { isSilent, ping, reach } from './reach.ts';

const REFERENCE = '/usr/lib/cni/firewall';

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
}) => {
  both(lab, '-P FORWARD DROP');
  const before = saved(lab);
  const cli = new Cli(lab);
  for (const { outside } of [OUTSIDE[4], OUTSIDE[6]])
    expect(cli.attempt('run', '--', 'ping', '-n', '-c', '1', '-W', '5', outside).status).toBe(0);
  expect(saved(lab)).toEqual(before);
});
