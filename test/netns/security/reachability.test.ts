// Who reaches what: the host's loopback, ports published on it, containers whose addresses are routed by this host.
import { describe, expect, vi } from 'vitest';
import { bridgeConfig } from '../fixture.ts';
import { HOST, OUTSIDE } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { expectSilence, reach } from '../reach.ts';
import { attempts, expectService, leave, occupy, successes } from './attempts.ts';
import { C1, doors, LAN, test } from './triangle.ts';

// Who gets no answer waits for it, and on a busy machine all the rest takes longer.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

for (const [name, make] of Object.entries(doors)) {
  test(`${name}: nothing is reached that should not be, all else is`, async ({ lab, open }) => {
    const door = open(make);
    await occupy(lab, door);
    expect(await successes(lab)).toEqual([]);
    expectService(lab);
    await door.del('c1');
    expect(await successes(lab)).toEqual([]);
    leave(lab);
  });
}

test('the reference: all of it is reached, the loopback also when no port is published any more', async ({
  lab,
  reference,
}) => {
  await occupy(lab, reference);
  expect(await successes(lab, attempts)).toEqual(attempts);
  await reference.del('c1');
  const onLoopback = attempts.slice(0, 3);
  expect(await successes(lab, onLoopback)).toEqual(onLoopback);
  leave(lab);
});

test('where bridged packets pass the tables, too: the same', async ({ lab, open, skip }) => {
  const settings = '/proc/sys/net/bridge/bridge-nf-call-ip';
  if (lab.attempt(HOST, ['test', '-e', `${settings}tables`]).status !== 0) skip('there is no br_netfilter');
  lab.shell(HOST, `echo 1 > ${settings}tables; echo 1 > ${settings}6tables`);
  await occupy(lab, open(doors['a configuration of its own']));
  expect(await successes(lab)).toEqual([]);
  expectService(lab);
  leave(lab);
});

const families = [4, 6] as const;
type Addresses = Readonly<Record<4 | 6, string>>;
const own: Addresses = { 4: OUTSIDE[4].outside, 6: OUTSIDE[6].outside };

/** The LAN calls a container that publishes nothing, from these addresses; `seen` is what the container is to see. */
async function expectFromLan(lab: Lab, seen: Partial<Addresses>, sources = own): Promise<void> {
  for (const family of families) {
    const way = ['via', OUTSIDE[family].host, 'src', sources[family]];
    lab.exec(LAN, ['ip', `-${family}`, 'route', 'replace', C1[family], ...way]);
  }
  const silent = families.filter((family) => seen[family] === undefined).map((family) => C1[family]);
  await expectSilence(lab, LAN, silent, 90);
  for (const family of families) {
    const answer = seen[family];
    if (answer !== undefined) expect(reach(lab, LAN, { address: C1[family], port: 90 })).toBe(`c1 ${answer}`);
  }
}

/** Gives the LAN more addresses, and the host the way to them. */
function addSources(lab: Lab, sources: Addresses): void {
  for (const family of families) {
    lab.exec(LAN, ['ip', `-${family}`, 'address', 'add', sources[family], 'dev', 'lo']);
    lab.exec(HOST, ['ip', `-${family}`, 'route', 'add', sources[family], 'via', own[family]]);
  }
}

describe('direct routing', () => {
  for (const [name, make] of Object.entries(doors)) {
    test(`${name}: is there when asked for, and opens nothing else`, async ({ lab, open }) => {
      await occupy(lab, open(make), { hasDirectRouting: true });
      const routed = attempts.filter((call) => call.includes('routes'));
      expect(await successes(lab, routed)).toEqual(routed);
      expectService(lab);
      leave(lab);
    });
  }

  const ipam = {
    type: 'tsnet',
    ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  };
  const types = {
    bridge: bridgeConfig(),
    ptp: { cniVersion: '1.1.0', name: 'net', type: 'ptp', ipMasq: true, ipam },
  };
  for (const [type, config] of Object.entries(types)) {
    test(`${type}: without ipMasq the addresses are for everybody`, async ({ lab, cni }) => {
      lab.addOutside();
      cni.add('c1', { ...config, ipMasq: false });
      await lab.serve('c1', 90);
      await expectFromLan(lab, own);
    });

    test(`${type}: CHECK misses an element and rules; the next call closes it again`, async ({
      lab,
      cni,
    }) => {
      lab.addOutside();
      cni.add('c1', config);
      await lab.serve('c1', 90);
      await expectFromLan(lab, {});
      lab.exec(HOST, ['nft', 'delete', 'element', 'inet', 'tsnet', 'concealed4', `{ ${C1[4]} }`]);
      expect(cni.fail('CHECK', 'c1', config).msg).toContain('its elements in set "concealed4"');
      await expectFromLan(lab, { 4: own[4] });
      lab.exec(HOST, ['nft', 'flush', 'chain', 'inet', 'tsnet', 'raw']);
      expect(cni.fail('CHECK', 'c1', config).msg).toContain('rules in chain "raw"');
      await expectFromLan(lab, own);
      lab.exec(HOST, ['nft', 'flush', 'ruleset']);
      cni.add('c2', config);
      await expectFromLan(lab, {});
    });

    test(`${type}: destinations that are not masqueraded may call, others may not`, async ({ lab, cni }) => {
      lab.addOutside();
      const other = { 4: '198.51.100.1', 6: '2001:db8:1::1' };
      addSources(lab, other);
      const nonMasqueradeCIDRs = ['192.0.2.0/24', '192.0.2.1/32', '2001:db8::/64'];
      cni.add('c1', { ...config, nonMasqueradeCIDRs });
      await lab.serve('c1', 90);
      await lab.serve(LAN, 7000, 'lan');
      await expectFromLan(lab, own);
      await expectFromLan(lab, {}, other);
      // Answers to what the container asks come back by either way.
      for (const address of [...Object.values(own), ...Object.values(other)])
        expect(reach(lab, 'c1', { address, port: 7000 })).toMatch(/^lan /);
    });

    test(`${type}: containers of other networks call as before`, async ({ lab, cni }) => {
      cni.add('c1', config);
      const ranges = [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]];
      cni.add('c2', { ...config, name: 'other', bridge: 'cni1', ipam: { ...ipam, ranges } });
      await lab.serve('c1', 90);
      for (const address of [C1[4], C1[6]]) expect(reach(lab, 'c2', { address, port: 90 })).toMatch(/^c1 /);
    });
  }

  // On a bridge its neighbours are asked for such an address, and the answer goes nowhere by itself.
  test('ptp: an address of the subnet does not let anybody in', async ({ lab, cni }) => {
    lab.addOutside();
    const neighbour = { 4: '10.1.0.77', 6: 'fd00:1::77' };
    addSources(lab, neighbour);
    cni.add('c1', { ...types.ptp, directRouting: true });
    await lab.serve('c1', 90);
    await expectFromLan(lab, neighbour, neighbour);
    cni.del('c1', types.ptp);
    cni.add('c1', { ...types.ptp, runtimeConfig: { ips: [C1[4], C1[6]] } });
    await expectFromLan(lab, {}, neighbour);
  });

  test('an option with another value is refused', ({ lab, cni }) => {
    lab.container('c1');
    for (const type of Object.values(types)) {
      expect(cni.fail('ADD', 'c1', { ...type, directRouting: 'yes' })).toMatchObject({
        code: 7,
        msg: expect.stringContaining('directRouting "yes"') as string,
      });
    }
  });
});
