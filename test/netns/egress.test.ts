// What a container may call: the policies, with real packets.
import { describe, expect } from 'vitest';
import {
  EVERYWHERE,
  expectOnly,
  expectResolvers,
  OTHER_PORT,
  PLACES,
  PORT,
  RESOLVERS,
  test,
} from './egress-lab.ts';
import { bridgeConfig } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { expectSilence, ping, reach } from './reach.ts';

type Keys = Readonly<Record<string, unknown>>;

const internet = [...PLACES.public, PLACES.translated[0]];
const local = [...PLACES.private, '10.1.0.1', 'fd00:1::1'];
const web = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
const routes = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }];

/** The same network without a bridge. */
function ptpConfig(keys: Keys = {}): Record<string, unknown> {
  const { ipam, ...rest } = bridgeConfig();
  return { ...rest, type: 'ptp', ipam: { ...(ipam as object), routes }, ...keys };
}

/** Another network on a bridge of its own. */
function otherConfig(keys: Keys = {}): Record<string, unknown> {
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] };
  return bridgeConfig({ name: 'other', bridge: 'cni1', ipam, ...keys });
}

const kinds: [string, (keys?: Keys) => Record<string, unknown>][] = [
  ['bridge', bridgeConfig],
  ['ptp', ptpConfig],
];

describe.each(kinds)('%s', (_, config) => {
  test('without a policy all answer', ({ lab, cni }) => {
    cni.add('c1', config());
    expectOnly(lab, 'c1', EVERYWHERE);
    expectResolvers(lab, 'c1', ...RESOLVERS);
  });

  test('internet: public addresses, and neither the networks of the host nor the host', ({ lab, cni }) => {
    cni.add('c1', config({ egress: 'internet' }));
    expectOnly(lab, 'c1', internet);
    expectResolvers(lab, 'c1', ...PLACES.public);
    for (const address of PLACES.public) expect(ping(lab, 'c1', address)).toBe(true);
    expect(cni.call('CHECK', 'c1', config({ egress: 'internet' }))).toMatchObject({ status: 0, stdout: '' });
  });

  test('local: private addresses, those of the host among them', ({ lab, cni }) => {
    cni.add('c1', config({ egress: 'local' }));
    expectOnly(lab, 'c1', local);
    expectResolvers(lab, 'c1', '10.99.0.1');
    expect(ping(lab, 'c1', '10.99.0.1')).toBe(true);
  });

  test('none: nothing', ({ lab, cni }) => {
    cni.add('c1', config({ egress: 'none' }));
    expectOnly(lab, 'c1', []);
    expectResolvers(lab, 'c1');
    expect(lab.attempt('c1', ['ping', '-n', '-c1', '-W1', '10.1.0.1']).status).not.toBe(0);
  });

  test('a list: these destinations, with these ports', ({ lab, cni }) => {
    const egress = [
      { cidr: '10.99.0.0/16', ports: [`${PORT}/tcp`] },
      { cidr: '10.0.0.0/8', ports: ['6000-7000/tcp', '50-60/udp'] },
      { cidr: '8.8.8.8/32' },
      { cidr: 'fd99::/16', ports: ['7000-7100/tcp'] },
    ];
    cni.add('c1', config({ egress }));
    expectOnly(lab, 'c1', ['8.8.8.8', '10.99.0.1', 'fd99::1', '10.1.0.1']);
    expectOnly(lab, 'c1', ['8.8.8.8', 'fd99::1'], OTHER_PORT);
    expectResolvers(lab, 'c1', '8.8.8.8', '10.99.0.1');
    expect(ping(lab, 'c1', '8.8.8.8')).toBe(true);
    expect(lab.attempt('c1', ['ping', '-n', '-c1', '-W1', '10.99.0.1']).status).not.toBe(0);
  });

  test('members of the network reach each other, and published ports answer', async ({ lab, cni }) => {
    const portMappings = { runtimeConfig: { portMappings: web }, capabilities: { portMappings: true } };
    cni.add('c1', config({ egress: 'none', ...portMappings }));
    cni.add('c2', config({ egress: 'none' }));
    cni.add('far', otherConfig());
    await Promise.all(['c1', 'c2', 'far'].map((name) => lab.serve(name, 80)));
    for (const address of ['10.1.0.2', 'fd00:1::2']) {
      expect(reach(lab, 'c2', { address, port: 80 })).toMatch(/^c1 /);
      expect(reach(lab, 'far', { address, port: 80 })).toMatch(/^c1 /);
      expect(reach(lab, HOST, { address, port: 80 })).toMatch(/^c1 /);
    }
    for (const address of [OUTSIDE[4].host, OUTSIDE[6].host])
      expect(reach(lab, OUTSIDE.name, { address, port: 8080 })).toMatch(/^c1 /);
    for (const address of ['127.0.0.1', '::1'])
      expect(reach(lab, HOST, { address, port: 8080 })).toMatch(/^c1 /);
    await expectSilence(lab, 'c1', ['10.2.0.2', 'fd00:2::2']);
  });

  test('another address than its own gets nowhere', ({ lab, cni }) => {
    lab.shell(
      OUTSIDE.name,
      `ip route add 10.1.0.0/24 via ${OUTSIDE[4].host}; ip -6 route add fd00:1::/64 via ${OUTSIDE[6].host}`,
    );
    const forge = (container: string): void => {
      lab.shell(
        container,
        'ip address add 10.1.0.77/24 dev eth0; ip -6 address add fd00:1::77/64 dev eth0 nodad',
      );
      lab.shell(HOST, routesTo(lab, '10.1.0.77', 'fd00:1::77'));
    };
    cni.add('c1', config());
    forge('c1');
    for (const [at, source] of ['10.1.0.77', 'fd00:1::77'].entries())
      expect(ping(lab, 'c1', PLACES.public[at] ?? '', source)).toBe(true);
    cni.del('c1', config());
    cni.add('c1', config({ egress: 'internet' }));
    forge('c1');
    for (const [at, source] of ['10.1.0.77', 'fd00:1::77'].entries()) {
      const address = PLACES.public[at] ?? '';
      expect(lab.attempt('c1', ['ping', '-n', '-c1', '-W1', '-I', source, address]).status).not.toBe(0);
      expect(ping(lab, 'c1', address, at === 0 ? '10.1.0.3' : 'fd00:1::3')).toBe(true);
    }
  });
});

/** Lets the host find what is behind the only device of a container. */
function routesTo(lab: Lab, ...addresses: string[]): string {
  const device = lab.shell(HOST, 'ip -br link | grep -oE "^(cni0|veth[0-9a-f]+)" | sort | head -n 1').trim();
  return addresses
    .map((ip) => `ip route replace ${ip}/${ip.includes(':') ? 128 : 32} dev ${device}`)
    .join('\n');
}
