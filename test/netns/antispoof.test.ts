// Whose addresses a container's frames may carry: forged ones arrive without antiSpoof and not with it.
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Cli } from './cli.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import {
  advertisement,
  arp,
  ethernet,
  ETHERTYPE,
  extension,
  ICMPV6,
  icmpv6,
  ipv4,
  ipv6,
  listenerReport,
  PROTOCOL,
  redirect,
  routerAdvertisement,
  solicitation,
  tagged,
  udp,
} from './frames.ts';
import { killEachAdd } from './killed.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { linksOf, tablesOf } from './look.ts';
import { RawFrames, whyNoFrames } from './raw.ts';
import { ping } from './reach.ts';

const reason = whyNoFrames();
let raw: RawFrames;
beforeAll(() => {
  if (reason === undefined) raw = new RawFrames();
});
afterAll(() => {
  if (reason === undefined) raw[Symbol.dispose]();
});

const test = base.extend<{ cli: Cli }>({
  cli: [
    async ({ lab, skip }, use) => {
      if (reason !== undefined) skip(reason);
      const cli = new Cli(lab);
      await use(cli);
      await cli.endAll();
    },
    { auto: true },
  ],
});

const open = bridgeConfig();
const strict = bridgeConfig({ antiSpoof: true });

/** The victim and the attacker, as the pools make them. */
const c1 = { mac: '02:42:0a:01:00:02', 4: '10.1.0.2', 6: 'fd00:1::2', link: 'fe80::42:aff:fe01:2' };
const c2 = { mac: '02:42:0a:01:00:03', 4: '10.1.0.3', 6: 'fd00:1::3', link: 'fe80::42:aff:fe01:3' };
const gateway = { 4: '10.1.0.1', 6: 'fd00:1::1' };
const stranger = { mac: '02:00:5e:00:53:66', 4: '10.1.0.66', 6: 'fd00:1::66' };
const nobody = { mac: '00:00:00:00:00:00', ip: '0.0.0.0' };
const victim = { mac: c1.mac, ip: c1[4] };

const EVERYBODY = 'ff:ff:ff:ff:ff:ff';
const LAST = 'this is the last one';

function datagram(from: string, to: string): number[] {
  return udp(9, 9, `${from} to ${to}`);
}

/** A frame from the attacker to the victim. */
function frame(type: number, payload: readonly number[], from = c2.mac): string {
  return ethernet(c1.mac, from, type, payload);
}

const over4 = (from: string): number[] => ipv4(from, c1[4], PROTOCOL.UDP, datagram(from, c1[4]));
const over6 = (from: string): number[] => ipv6(from, c1[6], PROTOCOL.UDP, datagram(from, c1[6]));
const arpFrame = (...message: Parameters<typeof arp>): string => frame(ETHERTYPE.ARP, arp(...message));

/** A neighbour discovery message, with an extension header in front if one is named. */
function nd(from: string, type: number, body: readonly number[], by?: 'options' | 'fragment'): string {
  const message = icmpv6(from, c1.link, type, body);
  if (by === undefined) return frame(ETHERTYPE.IPV6, ipv6(from, c1.link, PROTOCOL.ICMPV6, message));
  const next = by === 'options' ? PROTOCOL.OPTIONS : PROTOCOL.FRAGMENT;
  const payload = [...extension(by, PROTOCOL.ICMPV6), ...message];
  return frame(ETHERTYPE.IPV6, ipv6(from, c1.link, next, payload));
}

const forged: Record<string, string> = {
  'another source MAC': frame(ETHERTYPE.IPV4, over4(c2[4]), stranger.mac),
  'an IPv4 address of nobody': frame(ETHERTYPE.IPV4, over4(stranger[4])),
  "the gateway's IPv4 address": frame(ETHERTYPE.IPV4, over4(gateway[4])),
  'IPv4 from 0.0.0.0': frame(ETHERTYPE.IPV4, over4('0.0.0.0')),
  'an IPv6 address of nobody': frame(ETHERTYPE.IPV6, over6(stranger[6])),
  'a link-local address of nobody': frame(ETHERTYPE.IPV6, over6('fe80::66')),
  'IPv6 from ::': frame(ETHERTYPE.IPV6, over6('::')),
  "ARP: the gateway's IPv4 address": arpFrame(2, { mac: c2.mac, ip: gateway[4] }, victim),
  "ARP: another's MAC": arpFrame(2, { mac: stranger.mac, ip: c2[4] }, victim),
  'ARP: a question in the name of another': arpFrame(1, { mac: c2.mac, ip: stranger[4] }, victim),
  'ARP: an answer from 0.0.0.0': arpFrame(2, { mac: c2.mac, ip: '0.0.0.0' }, victim),
  'ARP: lengths that are none': frame(ETHERTYPE.ARP, [
    0,
    1,
    8,
    0,
    8,
    4,
    0,
    2,
    ...new Array<number>(24).fill(1),
  ]),
  'ND: the gateway is advertised': nd(c2.link, ICMPV6.ADVERTISEMENT, advertisement(gateway[6], c2.mac)),
  'ND: the same behind an extension header': nd(
    c2.link,
    ICMPV6.ADVERTISEMENT,
    advertisement(gateway[6], c2.mac),
    'options',
  ),
  'ND: the same as a fragment': nd(
    c2.link,
    ICMPV6.ADVERTISEMENT,
    advertisement(gateway[6], c2.mac),
    'fragment',
  ),
  'ND: a question in the name of the gateway': nd(
    gateway[6],
    ICMPV6.SOLICITATION,
    solicitation(c1[6], c2.mac),
  ),
  "ND: is the victim's address free": nd('::', ICMPV6.SOLICITATION, solicitation(c1[6])),
  'ND: a router': nd(c2.link, ICMPV6.ROUTER, routerAdvertisement(c2.mac)),
  'ND: a router behind an extension header': nd(
    c2.link,
    ICMPV6.ROUTER,
    routerAdvertisement(c2.mac),
    'options',
  ),
  'ND: a redirect': nd(c2.link, ICMPV6.REDIRECT, redirect(c2[6], stranger[6])),
  'behind the tag of a VLAN': frame(ETHERTYPE.VLAN, tagged(7, ETHERTYPE.IPV4, over4(stranger[4]))),
  'behind two tags': frame(
    ETHERTYPE.VLAN,
    tagged(7, ETHERTYPE.VLAN, tagged(8, ETHERTYPE.IPV4, over4(stranger[4]))),
  ),
  'another protocol': frame(ETHERTYPE.EXPERIMENTAL, [...Buffer.from('something else')]),
  // The last one: from then on the bridge keeps from the victim what is sent to it.
  "the victim's MAC": ethernet(EVERYBODY, c1.mac, ETHERTYPE.IPV4, over4(c2[4])),
};

const rightful: Record<string, string> = {
  IPv4: frame(ETHERTYPE.IPV4, over4(c2[4])),
  IPv6: frame(ETHERTYPE.IPV6, over6(c2[6])),
  'link-local': frame(ETHERTYPE.IPV6, over6(c2.link)),
  'ARP: an answer': arpFrame(2, { mac: c2.mac, ip: c2[4] }, victim),
  'ARP: a probe': arpFrame(1, { mac: c2.mac, ip: '0.0.0.0' }, { ...nobody, ip: c2[4] }),
  DHCP: frame(ETHERTYPE.IPV4, ipv4('0.0.0.0', '255.255.255.255', PROTOCOL.UDP, udp(68, 67, 'discover'))),
  'ND: its own address': nd(c2.link, ICMPV6.ADVERTISEMENT, advertisement(c2[6], c2.mac)),
  'ND: its own link-local address': nd(c2[6], ICMPV6.ADVERTISEMENT, advertisement(c2.link, c2.mac)),
  'ND: a question': nd(c2[6], ICMPV6.SOLICITATION, solicitation(c1[6], c2.mac)),
  'ND: is its own address free': nd('::', ICMPV6.SOLICITATION, solicitation(c2[6])),
  'MLD: before there is an address': nd('::', ICMPV6.LISTENER, listenerReport('ff02::1:ff00:3')),
};

/** Which of these frames come from the attacker to the victim, by name. */
async function arriving(lab: Lab, frames: Record<string, string>): Promise<string[]> {
  const payload = ipv4(c2[4], c1[4], PROTOCOL.UDP, udp(9, 9, LAST));
  const last = ethernet(EVERYBODY, c2.mac, ETHERTYPE.IPV4, payload);
  const taken = await raw.taken(lab, 'c1', Buffer.from(LAST).toString('hex'), () => {
    raw.send(lab, 'c2', [...Object.values(frames), last]);
  });
  return Object.entries(frames)
    .filter(([, hex]) => taken.some((one) => one.startsWith(hex) || isUntagged(one, hex)))
    .map(([name]) => name);
}

// The kernel takes the first tag off before a packet socket sees the frame.
function isUntagged(taken: string, sent: string): boolean {
  return (
    sent.slice(24, 28) === '8100' &&
    taken.slice(0, 24) === sent.slice(0, 24) &&
    sent.slice(32) === taken.slice(24, sent.length - 8)
  );
}

function hostEnd(lab: Lab, container: string): string {
  return linksOf(lab, HOST).find(({ ifalias }) => ifalias === `net/${container}/eth0`)?.ifname ?? '';
}

function guards(lab: Lab): string {
  return lab.exec(HOST, ['nft', 'list', 'table', 'bridge', 'tsnet']);
}

interface NeighbourJson {
  readonly dst: string;
  readonly lladdr?: string;
}

function neighbour(lab: Lab, where: string, address: string): string | undefined {
  const found = JSON.parse(
    lab.exec(where, ['ip', '-j', 'neigh', 'show', 'to', address]) || '[]',
  ) as NeighbourJson[];
  return found[0]?.lladdr;
}

describe('frames to a neighbour', () => {
  test('without antiSpoof, all that is forged arrives', async ({ lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, open);
    expect(await arriving(lab, forged)).toEqual(Object.keys(forged));
  });

  test('with antiSpoof nothing of it does, and what is right does', async ({ lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, strict);
    expect(await arriving(lab, { ...rightful, ...forged })).toEqual(Object.keys(rightful));
    for (const address of [c1[4], c1[6], gateway[4], gateway[6]])
      expect([address, ping(lab, 'c2', address)]).toEqual([address, true]);
    for (const address of [c1[4], c1[6]])
      expect(lab.attempt('c2', ['ping', '-n', '-c', '1', '-s', '4000', address]).status).toBe(0);
    expect(ping(lab, 'c2', `${c1.link}%eth0`)).toBe(true);
  });

  test('a neighbour without it may do as before', async ({ lab, cni }) => {
    cni.add('c1', strict);
    cni.add('c2', open);
    expect(await arriving(lab, { ...rightful, ...forged })).toEqual(Object.keys({ ...rightful, ...forged }));
  });

  // A report of a listener alone does nothing.
  test('a network without IPv6 has none', async ({ lab, cni }) => {
    const ipam = { type: 'host-local', subnet: '10.1.0.0/24' };
    for (const name of ['c1', 'c2']) cni.add(name, bridgeConfig({ antiSpoof: true, ipam }));
    const isOfIpv4 = (name: string): boolean => /IPv4|ARP|DHCP|MLD/.test(name);
    expect(await arriving(lab, rightful)).toEqual(Object.keys(rightful).filter(isOfIpv4));
  });
});

describe('attacks', () => {
  const attacks: Record<string, (lab: Lab) => boolean> = {
    'the gateway is taken over by ARP': (lab) => {
      lab.shell('c1', 'echo 0 > /proc/sys/net/ipv4/neigh/eth0/locktime');
      expect(ping(lab, 'c1', gateway[4])).toBe(true);
      raw.send(lab, 'c2', [arpFrame(2, { mac: c2.mac, ip: gateway[4] }, victim)]);
      return neighbour(lab, 'c1', gateway[4]) === c2.mac;
    },
    "the host takes the attacker for the victim's address": (lab) => {
      lab.shell(HOST, 'echo 0 > /proc/sys/net/ipv4/neigh/cni0/locktime');
      expect(ping(lab, HOST, c1[4])).toBe(true);
      const announced = { mac: c2.mac, ip: c1[4] };
      const message = arp(2, announced, { mac: EVERYBODY, ip: c1[4] });
      raw.send(lab, 'c2', [ethernet(EVERYBODY, c2.mac, ETHERTYPE.ARP, message)]);
      return neighbour(lab, HOST, c1[4]) === c2.mac;
    },
    'the gateway is taken over by neighbour discovery': (lab) => {
      expect(ping(lab, 'c1', gateway[6])).toBe(true);
      raw.send(lab, 'c2', [nd(c2.link, ICMPV6.ADVERTISEMENT, advertisement(gateway[6], c2.mac))]);
      return neighbour(lab, 'c1', gateway[6]) === c2.mac;
    },
    'the attacker becomes a router of one who takes router advertisements': (lab) => {
      lab.shell('c1', 'echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra');
      raw.send(lab, 'c2', [nd(c2.link, ICMPV6.ROUTER, routerAdvertisement(c2.mac))]);
      return lab.exec('c1', ['ip', '-6', 'route', 'show', 'default']).includes(c2.link);
    },
    "the victim's frames are led to the attacker by one that no rule sees": (lab) => {
      const [LLDP, port] = ['01:80:c2:00:00:0e', hostEnd(lab, 'c2')];
      const isLed = (): boolean => {
        raw.send(lab, 'c2', [ethernet(LLDP, c1.mac, 0x88cc, [0, 0])]);
        return lab.exec(HOST, ['bridge', 'fdb', 'show', 'dev', port]).includes(c1.mac);
      };
      // The victim is found again with the first frame of its own, and some it sends by itself.
      return Array.from({ length: 5 }).some(isLed);
    },
  };

  test.for(Object.entries(attacks))('%s: without antiSpoof', ([, attack], { lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, open);
    expect(attack(lab)).toBe(true);
  });

  test.for(Object.entries(attacks))('%s: not with it', ([, attack], { lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, strict);
    expect(attack(lab)).toBe(false);
  });
});

describe('upkeep', () => {
  test('the rules are the same for one container and for many, elements go with their owner', ({
    lab,
    cni,
  }) => {
    const rules = (): string[] =>
      guards(lab)
        .split('\n')
        .filter((line) => /accept$|drop$/.test(line));
    cni.add('c1', strict);
    const before = rules();
    cni.add('c2', strict);
    expect(rules()).toEqual(before);
    expect(guards(lab)).toContain(`"${hostEnd(lab, 'c1')}" . ${c1.mac} . ${c1[4]} comment "net/c1/eth0"`);
    expect(guards(lab)).toContain(`"${hostEnd(lab, 'c1')}" . ${c1.mac} . ${c1.link} comment "net/c1/eth0"`);
    lab.endContainer('c1');
    cni.del('c1', strict, { netns: '' });
    cni.del('c1', strict, { netns: '' });
    expect(guards(lab)).not.toContain('net/c1/eth0');
    cni.del('c2', strict);
    expect(tablesOf(lab)).toEqual([]);
  });

  test.for<[string, RegExp]>([
    ['nft flush table bridge tsnet', /rules in chain "prerouting" of table bridge tsnet/],
    ['nft delete table bridge tsnet', /set "strict" of table bridge tsnet/],
    ['nft flush ruleset', /set "sources4" of table bridge tsnet/],
    ['ip link set cni0 type bridge no_linklocal_learn 0', /"cni0" learns from frames that no rule sees/],
  ])('%s: CHECK tells, the next ADD mends', async ([command, says], { lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, strict);
    expect(cni.call('CHECK', 'c1', strict)).toMatchObject({ status: 0 });
    lab.exec(HOST, command.split(' '));
    expect(cni.fail('CHECK', 'c1', strict)).toMatchObject({
      code: 105,
      msg: expect.stringMatching(says) as string,
    });
    cni.add('c3', strict);
    expect(cni.call('CHECK', 'c1', strict)).toMatchObject({ status: 0 });
    expect(await arriving(lab, forged)).toEqual([]);
  });

  test('STATUS puts flushed rules back, GC takes what nobody owns', ({ lab, cni }) => {
    for (const name of ['c1', 'c2']) cni.add(name, strict);
    lab.exec(HOST, ['nft', 'flush', 'table', 'bridge', 'tsnet']);
    expect(cni.call('STATUS', '', strict)).toMatchObject({ status: 0 });
    expect(cni.call('CHECK', 'c1', strict)).toMatchObject({ status: 0 });
    lab.exec(HOST, ['nft', 'add element bridge tsnet strict { lost comment "net/lost/eth0" }']);
    const valid = { ...strict, 'cni.dev/valid-attachments': [{ containerID: 'c2', ifname: 'eth0' }] };
    expect(cni.call('GC', '', valid)).toMatchObject({ status: 0, stdout: '' });
    expect(guards(lab)).not.toMatch(/net\/(c1|lost)/);
    expect(guards(lab)).toContain('net/c2/eth0');
  });

  test('ADD killed at any moment, then DEL: nothing stays', async ({ lab, cni, ownLinks }) => {
    lab.container('c1');
    await killEachAdd(cni, 'c1', strict, (moment) => {
      cni.del('c1', strict);
      expect([moment, findLeftovers(lab, ownLinks)]).toEqual([moment, []]);
    });
  });

  test.for<[string, Record<string, unknown>, RegExp]>([
    ['no ipam', { ipam: {} }, /antiSpoof true: contradicts having no ipam/],
    ['vlanTrunk', { vlanTrunk: [{ id: 5 }] }, /antiSpoof true: contradicts vlanTrunk/],
    ['no boolean', { antiSpoof: 'yes' }, /antiSpoof/],
  ])('%s: refused, nothing changed', ([, keys, says], { lab, cni, ownLinks }) => {
    lab.container('c1');
    const { code, msg, details = '' } = cni.fail('ADD', 'c1', bridgeConfig({ antiSpoof: true, ...keys }));
    expect(`${msg} ${details}`).toMatch(says);
    expect(code).toBe(7);
    expect(findLeftovers(lab, ownLinks)).toEqual([]);
  });
});

test('networks of the command line have it unless they say no', async ({ lab, cli }) => {
  const isSpoofed = async (network: string): Promise<boolean> => {
    await cli.start(network, '--network', network, '--', 'sleep', '60');
    const [{ NetworkSettings }] = cli.json('inspect', network) as [
      { NetworkSettings: { SandboxKey: string } },
    ];
    const inside = (...argv: string[]): string =>
      lab.exec(HOST, ['nsenter', `--net=${NetworkSettings.SandboxKey}`, ...argv]);
    inside('ip', 'address', 'add', '10.9.0.200/24', 'dev', 'eth0');
    expect(lab.attempt(HOST, ['ping', '-n', '-c', '1', '10.9.0.2']).status).toBe(0);
    const outcome = lab.attempt(HOST, [
      ...['nsenter', `--net=${NetworkSettings.SandboxKey}`],
      ...['ping', '-n', '-c', '1', '-W', '1', '-I', '10.9.0.200', '10.9.0.1'],
    ]);
    return outcome.status === 0;
  };
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', 'n1');
  expect(await isSpoofed('n1')).toBe(false);
  await cli.endAll();
  cli.tsnet('network', 'rm', 'n1');
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', '-o', 'tsnet.anti_spoof=false', 'n2');
  expect(await isSpoofed('n2')).toBe(true);
  await cli.endAll();
  cli.tsnet('network', 'rm', 'n2');
});
