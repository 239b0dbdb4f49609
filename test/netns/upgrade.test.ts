// tsnet in the place of the reference plugins, on a host that they have served.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { addressesOf, linksOf } from './look.ts';
import {
  addByOurs,
  addByReference,
  chainFor,
  deleteByOurs,
  deleteByReference,
  foreignRules,
  removeBridge,
  whyNoReference,
} from './reference.ts';
import type { Chain } from './reference.ts';

const REFERENCE = '/usr/lib/cni/bridge';

function configFor(lab: Lab): Record<string, unknown> {
  const ranges = [[{ subnet: '10.1.0.0/24' }]];
  return bridgeConfig({
    cniVersion: '0.4.0',
    ipMasq: false,
    ipam: { type: 'host-local', ranges, dataDir: join(lab.folder, 'networks') },
  });
}

function reference(lab: Lab, command: string, name: string): string {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: name,
    CNI_NETNS: `/run/netns/${name}`,
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/usr/lib/cni',
  };
  const outcome = lab.attempt(HOST, [REFERENCE], env, JSON.stringify(configFor(lab)));
  if (outcome.status !== 0) throw new Error(outcome.stdout);
  return outcome.stdout;
}

test('a container of the reference keeps its address; our DEL takes it away, address and all', ({
  lab,
  cni,
  ownLinks,
  skip,
}) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  const config = configFor(lab);
  const held = join(lab.folder, 'networks', 'net');
  for (const name of ['old1', 'old2']) {
    lab.container(name);
    reference(lab, 'ADD', name);
  }
  expect(addressesOf(lab, 'old1', 'eth0')).toEqual(['10.1.0.2/24']);
  cni.add('new', config);
  expect(addressesOf(lab, 'new', 'eth0')).toEqual(['10.1.0.4/24']);
  cni.del('old1', config);
  expect(linksOf(lab, 'old1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(readdirSync(held)).not.toContain('10.1.0.2');
  expect(readdirSync(held)).toContain('10.1.0.3');
  // Without the namespace, as after its end: the address is released all the same.
  lab.endContainer('old2');
  cni.del('old2', config);
  expect(readdirSync(held).filter((name) => name.startsWith('10.'))).toEqual([]);
});

test('going back: the reference deletes what ours added without an error', ({ lab, cni, ownLinks, skip }) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  ownLinks.push('cni0');
  cni.add('c1', configFor(lab));
  expect(reference(lab, 'DEL', 'c1')).toBe('');
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('a file that a crash left empty holds no address', ({ lab, cni }) => {
  const held = join(lab.folder, 'networks', 'net');
  mkdirSync(held, { recursive: true });
  for (const name of ['10.1.0.2', '10.1.0.3']) writeFileSync(join(held, name), '');
  utimesSync(join(held, '10.1.0.3'), 1, 1);
  cni.add('c1', configFor(lab));
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.1.0.3/24']);
});

describe('the whole chain of the reference', () => {
  const referenceTest = test.extend<{ chains: [Chain, Chain] }>({
    chains: async ({ lab, skip }, use) => {
      const reason = whyNoReference();
      if (reason !== undefined) skip(reason);
      await use([chainFor(lab, 'net', 8080), chainFor(lab, 'net', 8081)]);
      removeBridge(lab);
    },
  });

  referenceTest('our DEL takes the rules of that container, and no others', ({ lab, cni, chains }) => {
    const [one, two] = chains;
    const stays = addByReference(lab, 'c1', one);
    const before = foreignRules(lab);
    const result = addByReference(lab, 'c2', two);
    expect(foreignRules(lab).length).toBeGreaterThan(before.length + 10);
    deleteByOurs(cni, 'c2', two, result);
    expect(foreignRules(lab)).toEqual(before);
    // Repeated, and without what the runtime remembers.
    deleteByOurs(cni, 'c2', two, result);
    deleteByOurs(cni, 'c2', two);
    expect(foreignRules(lab)).toEqual(before);
    deleteByReference(lab, 'c1', one, stays);
  });

  referenceTest('and without prevResult and namespace, too', ({ lab, cni, chains }) => {
    const [one, two] = chains;
    const stays = addByReference(lab, 'c1', one);
    const before = foreignRules(lab);
    addByReference(lab, 'c2', two);
    lab.endContainer('c2');
    deleteByOurs(cni, 'c2', two);
    expect(foreignRules(lab)).toEqual(before);
    deleteByReference(lab, 'c1', one, stays);
  });

  referenceTest(
    'a DEL that is repeated late leaves the rules of who has the address now',
    ({ lab, cni, chains }) => {
      const [one, two] = chains;
      const result = addByReference(lab, 'c1', one);
      deleteByOurs(cni, 'c1', one, result);
      rmSync(join(lab.folder, 'networks'), { recursive: true });
      const now = addByReference(lab, 'c2', two);
      expect(now.ips).toEqual(result.ips);
      const before = foreignRules(lab);
      deleteByOurs(cni, 'c1', one, result);
      expect(foreignRules(lab)).toEqual(before);
      deleteByReference(lab, 'c2', two, now);
    },
  );

  referenceTest('CHECK holds what is there against prevResult', ({ lab, cni, chains }) => {
    const [one] = chains;
    const prevResult = addByReference(lab, 'c1', one);
    const [bridge, portmap] = [one.bridge, one.portmap].map((config) => ({ ...config, prevResult }));
    if (bridge === undefined || portmap === undefined) throw new Error('two plugins');
    expect(cni.call('CHECK', 'c1', bridge)).toMatchObject({ status: 0, stdout: '' });
    expect(cni.call('CHECK', 'c1', portmap)).toMatchObject({ status: 0, stdout: '' });
    expect(cni.fail('CHECK', 'c1', one.bridge)).toMatchObject({ code: 105 });
    const damages = [
      ['c1', 'ip address del 10.1.0.2/24 dev eth0', /address 10\.1\.0\.2\/24 is missing/],
      ['c1', 'ip address add 10.1.0.2/24 dev eth0', /route 0\.0\.0\.0\/0 is missing/],
      ['c1', 'ip route add default via 10.1.0.1', undefined],
      [HOST, `ip link set ${prevResult.interfaces?.[1]?.name ?? ''} nomaster`, /is not in bridge "cni0"/],
    ] as const;
    for (const [where, command, complaint] of damages) {
      lab.shell(where, command);
      if (complaint === undefined) expect(cni.call('CHECK', 'c1', bridge).status).toBe(0);
      else expect(cni.fail('CHECK', 'c1', bridge).msg).toMatch(complaint);
    }
    lab.shell(HOST, 'iptables -t nat -F CNI-HOSTPORT-DNAT; ip6tables -t nat -F CNI-HOSTPORT-DNAT');
    deleteByReference(lab, 'c1', one, prevResult);
    expect(cni.fail('CHECK', 'c1', portmap)).toMatchObject({ code: 105 });
  });

  referenceTest('GC takes what is not in the list: rules and addresses', ({ lab, cni, chains }) => {
    const [one, two] = chains;
    const stays = addByReference(lab, 'c1', one);
    const before = foreignRules(lab);
    addByReference(lab, 'c2', two);
    lab.endContainer('c2');
    const keep = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
    const gc = { ...one.bridge, cniVersion: '1.1.0', ...keep };
    expect(cni.call('GC', 'c1', { ...gc, name: 'other' })).toMatchObject({ status: 0, stdout: '' });
    expect(foreignRules(lab)).not.toEqual(before);
    expect(cni.call('GC', 'c1', gc)).toMatchObject({ status: 0, stdout: '' });
    expect(foreignRules(lab)).toEqual(before);
    const held = readdirSync(join(lab.folder, 'networks', 'net'));
    expect(held).toContain('10.1.0.2');
    expect(held).not.toContain('10.1.0.3');
    deleteByReference(lab, 'c1', one, stays);
  });

  referenceTest('going back: the reference deletes what ours added, in any order', ({ lab, cni, chains }) => {
    const [one, two] = chains.map((chain) => ({ ...chain, bridge: { ...chain.bridge, ipMasq: false } }));
    if (one === undefined || two === undefined) throw new Error('two chains');
    const first = addByOurs(cni, 'c1', one);
    const second = addByReference(lab, 'c2', two);
    deleteByReference(lab, 'c1', one, first);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
    // Forward again: what the reference could not know of goes with our DEL.
    deleteByOurs(cni, 'c1', one, first);
    deleteByOurs(cni, 'c2', two, second);
    expect(foreignRules(lab).filter((line) => /808[01]/.test(line))).toEqual([]);
  });

  referenceTest('going back with ipMasq: an old reference complains once', ({ lab, cni, chains }) => {
    const [one] = chains;
    const prevResult = addByOurs(cni, 'c1', one);
    try {
      deleteByReference(lab, 'c1', one, prevResult);
    } catch (error) {
      // Debian's 1.1.1 takes a chain that is not there for an error with iptables 1.8.9, its own chains included.
      expect(String(error)).toMatch(/Chain 'CNI-[0-9a-f]+' does not exist/);
    }
    deleteByReference(lab, 'c1', one, prevResult);
    expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
    deleteByOurs(cni, 'c1', one, prevResult);
  });
});

describe('the nftables backends of newer versions', () => {
  // As versions from 1.6.0 on write them; sha512 of "net", and of "eth0:<container>", cut to 16 digits.
  const rules = `
table inet cni_plugins_masquerade {
  chain masq_checks {
    ip saddr 10.1.0.2 ip daddr != 10.1.0.0/24 masquerade comment "NET-ONE, net: net, if: eth0, id: c1"
    ip saddr 10.1.0.3 ip daddr != 10.1.0.0/24 masquerade comment "NET-TWO, net: net, if: eth0, id: c2"
    ip saddr 10.2.0.3 masquerade comment "OTHER-TWO, net: other, if: eth0, id: c2"
  }
  chain postrouting { type nat hook postrouting priority srcnat; goto masq_checks; }
}
table ip cni_hostport {
  chain hostports {
    tcp dport 8080 dnat to 10.1.0.2:80 comment "c1"
    tcp dport 8081 dnat to 10.1.0.3:80 comment "c2"
  }
  chain masquerading {
    type nat hook postrouting priority srcnat;
    ip saddr 10.1.0.3 ip daddr 10.1.0.3 masquerade comment "c2"
  }
}`;
  const hash = (text: string): string => createHash('sha512').update(text).digest('hex').slice(0, 16);

  test('our DEL and GC take the rules of that container', ({ lab, cni }) => {
    const written = rules
      .replaceAll('NET', hash('net'))
      .replaceAll('OTHER', hash('other'))
      .replaceAll('ONE', hash('eth0:c1'))
      .replaceAll('TWO', hash('eth0:c2'));
    writeFileSync(join(lab.folder, 'rules.nft'), written);
    lab.exec(HOST, ['nft', '-f', join(lab.folder, 'rules.nft')]);
    const left = (): string[] =>
      [
        ...foreignRules(lab)
          .join('\n')
          .matchAll(/id: c\d|"c\d"/g),
      ].map(String);
    expect(left()).toEqual(['id: c1', 'id: c2', 'id: c2', '"c1"', '"c2"', '"c2"']);
    const { bridge, portmap } = chainFor(lab, 'net');
    cni.del('c2', portmap);
    expect(left()).toEqual(['id: c1', 'id: c2', 'id: c2', '"c1"']);
    cni.del('c2', bridge);
    expect(left()).toEqual(['id: c1', 'id: c2', '"c1"']);
    const none = { 'cni.dev/valid-attachments': [] };
    expect(cni.call('GC', 'c1', { ...bridge, cniVersion: '1.1.0', ...none }).status).toBe(0);
    expect(left()).toEqual(['id: c2', '"c1"']);
  });
});
