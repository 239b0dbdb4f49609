// What the bridge plugin's keys make of an endpoint's port: guarded, isolated, left down, in a VLAN.
import { describe, expect } from 'vitest';
import type { Cni } from './cni.ts';
import { bridgeConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { addressesOf, linkOf, linksOf, sysctlOf, tablesOf } from './look.ts';
import { isPingSilent, ping } from './reach.ts';
import { snapshot } from './snapshot.ts';
import { readStore } from './store.ts';

const FORGED = '02:00:5e:00:53:66';

function hostEnd(lab: Lab, container: string): string {
  const link = linksOf(lab, HOST).find(({ ifalias }) => ifalias === `net/${container}/eth0`);
  if (link === undefined) throw new Error(`${container} has no link on the host`);
  return link.ifname;
}

/** The frames that a container sends with another source address, as they would reach its neighbour. */
function forge(lab: Lab, container: string): void {
  lab.exec(container, ['ip', 'link', 'set', 'eth0', 'address', FORGED]);
}

function guards(lab: Lab): string {
  return lab.exec(HOST, ['nft', 'list', 'table', 'bridge', 'tsnet']);
}

function checkFails(cni: Cni, container: string, config: Record<string, unknown>, says: RegExp): void {
  const error = cni.fail('CHECK', container, config);
  expect(error.msg).toMatch(says);
  expect(error.code).toBe(105);
}

describe('macspoofchk', () => {
  const config = bridgeConfig({ macspoofchk: true });

  test('frames with another source address are dropped, those of others are not', ({ lab, cni }) => {
    const open = bridgeConfig();
    cni.add('c1', config);
    cni.add('c2', open);
    for (const address of ['10.1.0.1', '10.1.0.3', 'fd00:1::3'])
      expect([address, ping(lab, 'c1', address)]).toEqual([address, true]);
    for (const container of ['c1', 'c2']) forge(lab, container);
    expect(isPingSilent(lab, 'c1', '10.1.0.1')).toBe(true);
    expect(ping(lab, 'c2', '10.1.0.1')).toBe(true);
    const { address } = linkOf(lab, HOST, hostEnd(lab, 'c1'));
    lab.exec('c1', ['ip', 'link', 'set', 'eth0', 'address', address]);
    expect(isPingSilent(lab, 'c1', '10.1.0.1')).toBe(true);
  });

  test('one rule, and elements that carry their owner; the table goes with the last of them', ({
    lab,
    cni,
  }) => {
    cni.add('c1', config);
    cni.add('c2', config);
    cni.add('c3', bridgeConfig());
    const text = guards(lab);
    expect(text.match(/!= @sources .*drop/g)).toHaveLength(1);
    expect(text).toContain(`"${hostEnd(lab, 'c1')}" . 02:42:0a:01:00:02 comment "net/c1/eth0"`);
    expect(text).toContain('net/c2/eth0');
    expect(text).not.toContain('net/c3/eth0');
    cni.del('c1', config);
    expect(guards(lab)).not.toContain('net/c1/eth0');
    cni.del('c2', config);
    cni.del('c2', config);
    expect(tablesOf(lab)).toEqual(['tsnet']);
    cni.del('c3', config);
    expect(tablesOf(lab)).toEqual([]);
  });

  test.for<[string, string, RegExp]>([
    ['flush table bridge tsnet', 'rules', /rules in chain "prerouting" of table bridge tsnet/],
    ['delete table bridge tsnet', 'all', /set "guarded" of table bridge tsnet/],
    ['flush set bridge tsnet sources', 'elements', /its elements in set "sources" of table bridge tsnet/],
  ])('%s: CHECK tells, the next ADD mends, DEL succeeds', ([command, , says], { lab, cni }) => {
    cni.add('c1', config);
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['nft', ...command.split(' ')]);
    checkFails(cni, 'c1', config, says);
    const isMended = !command.includes('sources');
    cni.add('c2', config);
    if (isMended) expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
    cni.del('c1', config);
    expect(guards(lab)).toContain('net/c2/eth0');
  });

  test('DEL without a namespace, and GC, take the guards away', ({ lab, cni }) => {
    const config11 = { ...config, 'cni.dev/valid-attachments': [{ containerID: 'c2', ifname: 'eth0' }] };
    for (const name of ['c1', 'c2', 'c3']) cni.add(name, config);
    lab.endContainer('c1');
    cni.del('c1', config, { netns: '' });
    expect(guards(lab)).not.toContain('net/c1/eth0');
    // An element that nobody on record owns, as of a store that was lost.
    lab.exec(HOST, ['nft', 'add element bridge tsnet guarded { lost comment "net/lost/eth0" }']);
    expect(cni.call('GC', '', config11)).toMatchObject({ status: 0, stdout: '' });
    expect(guards(lab)).not.toMatch(/net\/(c3|lost)/);
    expect(guards(lab)).toContain('net/c2/eth0');
  });

  test('the MAC that the runtime asked for is the one that is let through', ({ lab, cni }) => {
    cni.add('c1', { ...config, runtimeConfig: { mac: '02:00:5e:00:53:07' } });
    expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
    expect(guards(lab)).toContain('02:00:5e:00:53:07');
  });

  test('an ADD that fails leaves no guard', ({ lab, cni }) => {
    lab.container('c1');
    lab.exec('c1', ['ip', 'link', 'add', 'eth0', 'type', 'bridge']);
    cni.fail('ADD', 'c1', config);
    expect(tablesOf(lab)).toEqual([]);
    lab.exec('c1', ['ip', 'link', 'delete', 'eth0']);
  });
});

describe('portIsolation', () => {
  const config = bridgeConfig({ portIsolation: true });

  test('isolated containers reach the bridge and ports that are not isolated, not each other', ({
    lab,
    cni,
  }) => {
    for (const name of ['c1', 'c2']) cni.add(name, config);
    cni.add('c3', bridgeConfig());
    expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
    expect(ping(lab, 'c1', '10.1.0.4')).toBe(true);
    expect(isPingSilent(lab, 'c1', '10.1.0.3')).toBe(true);
    expect(linkOf(lab, HOST, hostEnd(lab, 'c1')).linkinfo?.info_slave_data?.isolated).toBe(true);
    expect(linkOf(lab, HOST, hostEnd(lab, 'c3')).linkinfo?.info_slave_data?.isolated).toBe(false);
  });

  test('CHECK tells when it was taken back', ({ lab, cni }) => {
    cni.add('c1', config);
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['bridge', 'link', 'set', 'dev', hostEnd(lab, 'c1'), 'isolated', 'off']);
    checkFails(cni, 'c1', config, /is not isolated/);
  });
});

describe('hairpinMode and promiscMode', () => {
  test('are there, and CHECK tells when they were taken back', ({ lab, cni }) => {
    const hairpin = bridgeConfig({ hairpinMode: true });
    const promiscuous = bridgeConfig({ name: 'second', bridge: 'cni1', promiscMode: true, ipam: {} });
    cni.add('c1', hairpin);
    cni.add('c2', promiscuous);
    for (const [name, config] of [
      ['c1', hairpin],
      ['c2', promiscuous],
    ] as const)
      expect(cni.call('CHECK', name, config)).toMatchObject({ status: 0 });
    expect(linkOf(lab, HOST, 'cni1').flags).toContain('PROMISC');
    lab.exec(HOST, ['bridge', 'link', 'set', 'dev', hostEnd(lab, 'c1'), 'hairpin', 'off']);
    lab.exec(HOST, ['ip', 'link', 'set', 'cni1', 'promisc', 'off']);
    checkFails(cni, 'c1', hairpin, /is not in hairpin mode/);
    checkFails(cni, 'c2', promiscuous, /bridge "cni1" is not promiscuous/);
  });
});

describe('forceAddress', () => {
  test('replaces the former gateway of the network', ({ lab, cni, ownLinks }) => {
    lab.shell(HOST, 'ip link add cni0 type bridge; ip link set cni0 up; ip address add 10.9.0.1/24 dev cni0');
    ownLinks.push('cni0');
    cni.add('c1', bridgeConfig({ forceAddress: true }));
    expect(addressesOf(lab, HOST, 'cni0')).toEqual(['10.1.0.1/24', 'fd00:1::1/64']);
  });
});

describe('enabledad', () => {
  const config = bridgeConfig({ enabledad: true });

  test('the kernel has asked for every address before ADD is done', ({ lab, cni }) => {
    cni.add('c1', config);
    expect(sysctlOf(lab, 'c1', 'ipv6/conf/eth0/accept_dad')).toBe('1');
    expect(sysctlOf(lab, 'c1', 'ipv6/conf/eth0/enhanced_dad')).toBe('1');
    expect(lab.exec('c1', ['ip', '-6', 'address', 'show', 'dev', 'eth0', 'tentative'])).toBe('');
    expect(lab.exec('c1', ['ip', '-6', 'address', 'show', 'dev', 'eth0'])).not.toContain('nodad');
    expect(ping(lab, 'c1', 'fd00:1::1')).toBe(true);
  });

  test('an address that a neighbour has is an error that names it, and nothing stays', ({ lab, cni }) => {
    cni.add('c1', bridgeConfig());
    lab.shell('c1', 'ip -6 address add fd00:1::3/64 dev eth0 nodad');
    lab.container('c2');
    const before = snapshot(lab);
    expect(cni.fail('ADD', 'c2', config)).toMatchObject({
      code: 102,
      msg: expect.stringContaining('link eth0 has address fd00:1::3 in DADFAILED state') as string,
    });
    expect(snapshot(lab)).toEqual(before);
    expect(linksOf(lab, 'c2').map(({ ifname }) => ifname)).toEqual(['lo']);
  });
});

describe('disableContainerInterface', () => {
  const config = {
    cniVersion: '1.1.0',
    name: 'net',
    type: 'bridge',
    bridge: 'br9',
    disableContainerInterface: true,
  };

  test('the interface is there and down, for somebody else to use', ({ lab, cni }) => {
    const result = cni.add('c1', config);
    expect(result.ips ?? []).toEqual([]);
    expect(result.interfaces?.map(({ name, mtu }) => [name, mtu])).toEqual([
      ['br9', 1500],
      [hostEnd(lab, 'c1'), 1500],
      ['eth0', 1500],
    ]);
    expect(linkOf(lab, 'c1', 'eth0').flags).not.toContain('UP');
    expect(linkOf(lab, HOST, hostEnd(lab, 'c1'))).toMatchObject({ master: 'br9' });
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
    lab.shell('c1', 'ip link set eth0 up; ip -6 address add fd00:9::1/64 dev eth0');
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
  });

  test('together with IPAM it is refused', ({ lab, cni }) => {
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', bridgeConfig({ disableContainerInterface: true }))).toMatchObject({
      code: 7,
      msg: expect.stringContaining('cannot use IPAM when DisableContainerInterface flag is set') as string,
    });
    expect(readStore(lab).endpoint).toEqual([]);
  });
});

test('ipMasqBackend is taken, whichever it is', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig({ ipMasqBackend: 'iptables' }));
  cni.add('c2', bridgeConfig({ ipMasqBackend: 'nftables' }));
  expect(tablesOf(lab)).toEqual(['tsnet']);
});

/** Why this kernel's bridges cannot keep VLANs apart; undefined when they can. */
function whyNoVlans(lab: Lab): string | undefined {
  const { status, stderr } = lab.attempt(HOST, [
    'ip',
    'link',
    'add',
    'try',
    'type',
    'bridge',
    'vlan_filtering',
    '1',
  ]);
  if (status !== 0) return `bridges of this kernel have no VLANs: ${stderr.trim()}`;
  lab.exec(HOST, ['ip', 'link', 'delete', 'try']);
  return undefined;
}

interface VlanJson {
  readonly ifname: string;
  readonly vlans: readonly { vlan: number; vlanEnd?: number; flags?: readonly string[] }[];
}

function vlansOf(lab: Lab, ifname: string): VlanJson['vlans'] {
  const ports = JSON.parse(lab.exec(HOST, ['bridge', '-j', 'vlan', 'show'])) as VlanJson[];
  return ports.find((port) => port.ifname === ifname)?.vlans ?? [];
}

describe('vlan and vlanTrunk', () => {
  test('a kernel whose bridges have no VLANs: refused with key, value and option, nothing stays', ({
    lab,
    cni,
    skip,
  }) => {
    if (whyNoVlans(lab) === undefined) skip('bridges of this kernel have VLANs');
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', bridgeConfig({ vlan: 10, macspoofchk: true }))).toMatchObject({
      code: 2,
      msg: 'vlan 10: not supported by this kernel, it needs CONFIG_BRIDGE_VLAN_FILTERING',
    });
    expect(cni.fail('ADD', 'c1', bridgeConfig({ vlanTrunk: [{ minID: 5, maxID: 7 }] }))).toMatchObject({
      code: 2,
      msg: expect.stringMatching(/^vlanTrunk .*CONFIG_BRIDGE_VLAN_FILTERING$/) as string,
    });
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('a bridge of somebody else that does not filter VLANs is refused and left as it is', ({
    lab,
    cni,
    ownLinks,
  }) => {
    lab.exec(HOST, ['ip', 'link', 'add', 'cni0', 'type', 'bridge']);
    ownLinks.push('cni0');
    lab.container('c1');
    expect(cni.fail('ADD', 'c1', bridgeConfig({ vlan: 10 }))).toMatchObject({
      code: 104,
      msg: expect.stringContaining('bridge "cni0" exists and does not filter VLANs') as string,
    });
  });

  test('containers of one VLAN reach each other and its gateway, and no other VLAN', ({ lab, cni, skip }) => {
    skip(whyNoVlans(lab) !== undefined, whyNoVlans(lab));
    const ten = bridgeConfig({ vlan: 10 });
    const twenty = bridgeConfig({
      name: 'twenty',
      vlan: 20,
      ipam: { type: 'host-local', subnet: '10.1.0.0/24', rangeStart: '10.1.0.9', gateway: '10.1.0.8' },
    });
    const result = cni.add('c1', ten);
    cni.add('c2', ten);
    cni.add('c3', twenty);
    expect(result.interfaces?.[3]).toMatchObject({ name: 'cni0.10', mtu: 1500 });
    expect(vlansOf(lab, hostEnd(lab, 'c1'))).toEqual([{ vlan: 10, flags: ['PVID', 'Egress Untagged'] }]);
    expect(addressesOf(lab, HOST, 'cni0.10')).toEqual(['10.1.0.1/24', 'fd00:1::1/64']);
    expect(addressesOf(lab, HOST, 'cni0')).toEqual([]);
    expect(ping(lab, 'c1', '10.1.0.1')).toBe(true);
    expect(ping(lab, 'c1', '10.1.0.3')).toBe(true);
    expect(isPingSilent(lab, 'c1', '10.1.0.9')).toBe(true);
    expect(cni.call('CHECK', 'c1', ten)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['bridge', 'vlan', 'add', 'dev', hostEnd(lab, 'c1'), 'vid', '30']);
    checkFails(cni, 'c1', ten, /is in VLAN 30, too/);
    cni.del('c1', ten);
    expect(linkOf(lab, HOST, 'cni0.10').flags).toContain('UP');
    cni.del('c2', ten);
    expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).not.toContain('cni0.10');
  });

  test('a trunk lets its VLANs through with a tag, and VLAN 1 without', ({ lab, cni, skip }) => {
    skip(whyNoVlans(lab) !== undefined, whyNoVlans(lab));
    const vlanTrunk = [{ minID: 100, maxID: 102 }, { id: 200 }];
    const plain = { cniVersion: '1.1.0', name: 'net', type: 'bridge', bridge: 'br9', vlanTrunk };
    cni.add('c1', plain);
    expect(vlansOf(lab, hostEnd(lab, 'c1'))).toEqual([
      { vlan: 1, flags: ['PVID', 'Egress Untagged'] },
      { vlan: 100, vlanEnd: 102 },
      { vlan: 200 },
    ]);
    cni.add('c2', { ...plain, vlan: 7, preserveDefaultVlan: true, vlanTrunk: [{ id: 7 }] });
    expect(vlansOf(lab, hostEnd(lab, 'c2'))).toEqual([
      { vlan: 1, flags: ['Egress Untagged'] },
      { vlan: 7, flags: ['PVID', 'Egress Untagged'] },
    ]);
  });

  test('what is no VLAN is refused by its key', ({ lab, cni }) => {
    lab.container('c1');
    const before = snapshot(lab);
    const cases: [Record<string, unknown>, string][] = [
      [{ vlan: 4095 }, 'invalid VLAN ID 4095 (must be between 0 and 4094)'],
      [{ vlan: -1 }, 'invalid VLAN ID -1'],
      [{ vlanTrunk: [{ id: 0 }] }, 'incorrect trunk id parameter'],
      [{ vlanTrunk: [{ minID: 0, maxID: 5 }] }, 'incorrect trunk minID parameter'],
      [{ vlanTrunk: [{ minID: 1, maxID: 4095 }] }, 'incorrect trunk maxID parameter'],
      [{ vlanTrunk: [{ minID: 6, maxID: 5 }] }, 'minID is greater than maxID in trunk parameter'],
      [{ vlanTrunk: [{ minID: 6 }] }, 'configured simultaneously, maxID is missing'],
      [{ vlanTrunk: [{ maxID: 6 }] }, 'configured simultaneously, minID is missing'],
      [{ vlanTrunk: [{}] }, 'a trunk entry has "id", or "minID" and "maxID"'],
      [{ vlan: 10, bridge: 'thirteen-long' }, '"thirteen-long.10", has more than 15 characters'],
    ];
    for (const [keys, says] of cases) {
      const error = cni.fail('ADD', 'c1', bridgeConfig(keys));
      expect(`${error.msg} ${error.details ?? ''}`).toContain(says);
      expect(error.code).toBe(7);
    }
    expect(snapshot(lab)).toEqual(before);
  });
});
