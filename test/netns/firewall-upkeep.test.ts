// The firewall plugin's CHECK, GC and DEL, killed ADDs and bad input.
import { describe, expect } from 'vitest';
import type { ErrorJson } from './cni.ts';
import { bridgeConfig } from './fixture.ts';
import { both, firewallConfig, plugin, saved, test } from './firewall-chain.ts';
import type { Keys } from './firewall-chain.ts';
import { HOST } from './lab.ts';
import { readStore } from './store.ts';

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

test('ADD killed at any moment: DEL leaves nothing', async ({ lab, cni }) => {
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
    expect(saved(lab)).toEqual(before);
    expect(readStore(lab).endpoint).toHaveLength(1);
  }
});

describe('bad input', () => {
  test('changes nothing and tells why', ({ lab, cni }) => {
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
    expect(saved(lab)).toEqual(before);
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
