// nonMasqueradeCIDRs: where a masqueraded container goes to as it is.
import { expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { elementsOf, tablesOf } from './look.ts';
import { reach } from './reach.ts';

const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];
const routes = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }];
const ipam = { type: 'host-local', ranges, routes };
const nonMasqueradeCIDRs = ['192.0.2.0/24', '2001:db8::/64', '192.0.2.1/32', '192.0.2.0/24'];

const configs = {
  bridge: bridgeConfig({ nonMasqueradeCIDRs }),
  ptp: { cniVersion: '1.1.0', name: 'net', type: 'ptp', ipMasq: true, ipam, nonMasqueradeCIDRs },
};

/** Gives the outside a second address, in no block that is excepted, and the way back. */
function openOutside(lab: Lab): void {
  lab.addOutside();
  lab.shell(
    OUTSIDE.name,
    `ip address add 198.51.100.1/32 dev lo; ip -6 address add 2001:db8:1::1/128 dev lo
     ip route add 10.1.0.0/24 via 192.0.2.2; ip -6 route add fd00:1::/64 via 2001:db8::2`,
  );
  lab.shell(HOST, 'ip route add 198.51.100.1 via 192.0.2.1; ip -6 route add 2001:db8:1::1 via 2001:db8::1');
}

for (const [type, config] of Object.entries(configs)) {
  test(`${type}: the destinations see the container, others the host`, async ({ lab, cni }) => {
    openOutside(lab);
    cni.add('c1', config);
    await lab.serve(OUTSIDE.name, 7000);
    const seen = (address: string) => reach(lab, 'c1', { address, port: 7000 });
    expect(seen('192.0.2.1')).toBe('outside 10.1.0.2');
    expect(seen('2001:db8::1')).toBe('outside fd00:1::2');
    expect(seen('198.51.100.1')).toBe('outside 192.0.2.2');
    expect(seen('2001:db8:1::1')).toBe('outside 2001:db8::2');
  });

  test(`${type}: CHECK misses an element; the table is made anew with it; with the endpoint it goes`, ({
    lab,
    cni,
  }) => {
    cni.add('c1', config);
    const before = elementsOf(lab);
    const count = type === 'ptp' ? 2 : 1;
    expect(before).toMatchObject({ direct4: { length: count }, direct6: { length: count } });
    const element = '{ 10.1.0.2 . 192.0.2.0/24 }';
    lab.exec(HOST, ['nft', 'delete', 'element', 'inet', 'tsnet', 'direct4', element]);
    expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
      code: 105,
      msg: expect.stringContaining('its elements in set "direct4" of table inet tsnet') as string,
    });
    // A wider one in its place is not it.
    lab.exec(HOST, ['nft', 'add', 'element', 'inet', 'tsnet', 'direct4', '{ 10.1.0.2 . 192.0.0.0/16 }']);
    expect(cni.fail('CHECK', 'c1', config)).toMatchObject({ code: 105 });
    lab.exec(HOST, ['nft', 'flush', 'ruleset']);
    cni.add('c2', config);
    expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
    expect(elementsOf(lab)['direct4']).toEqual(expect.arrayContaining([...(before['direct4'] ?? [])]));
    cni.del('c2', config);
    expect(elementsOf(lab)).toEqual(before);
    expect(cni.call('GC', 'c1', { ...config, 'cni.dev/valid-attachments': [] })).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(tablesOf(lab)).toEqual([]);
  });
}

test('without ipMasq they mean nothing', ({ lab, cni }) => {
  cni.add('c1', { ...configs.bridge, ipMasq: false });
  expect(elementsOf(lab)).toMatchObject({ masquerade4: [], direct4: [], direct6: [] });
});

test('a block that is none is refused with its place and value', ({ cni, lab }) => {
  lab.container('c1');
  for (const block of ['10.0.0.0', '10.0.0.1/8', 'any']) {
    expect(cni.fail('ADD', 'c1', bridgeConfig({ nonMasqueradeCIDRs: ['10.0.0.0/8', block] }))).toMatchObject({
      code: 7,
      msg: expect.stringContaining(`nonMasqueradeCIDRs[1] "${block}"`) as string,
    });
  }
});
