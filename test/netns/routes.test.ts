// Routes that IPAM gives: all that a route says is laid inside the sandbox, not told alone.
import { expect } from 'vitest';
import { bridgeConfig, test } from './fixture.ts';
import type { Lab } from './lab.ts';
import { routesOf } from './look.ts';
import type { RouteJson } from './look.ts';

const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];
const routes = [
  { dst: '192.0.2.0/24', mtu: 1300, advmss: 1200, priority: 77, table: 100, scope: 0 },
  { dst: '198.51.100.0/24', gw: '10.1.0.9', priority: 5 },
  { dst: '203.0.113.0/24', scope: 253, table: 0 },
  { dst: '2001:db8:1::/48', mtu: 1290, advmss: 1210, priority: 88, table: 100 },
];
const config = bridgeConfig({
  isDefaultGateway: false,
  isGateway: true,
  ipam: { type: 'host-local', ranges, routes },
});

function all(lab: Lab, family: 4 | 6): RouteJson[] {
  return routesOf(lab, 'c1', family, 'all');
}

test('mtu, advmss, priority, table and scope are laid', ({ lab, cni }) => {
  const result = cni.add('c1', config);
  expect(all(lab, 4)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        dst: '192.0.2.0/24',
        gateway: '10.1.0.1',
        dev: 'eth0',
        table: '100',
        metric: 77,
        metrics: [{ mtu: 1300, advmss: 1200 }],
      }),
      expect.objectContaining({ dst: '198.51.100.0/24', gateway: '10.1.0.9', metric: 5 }),
      expect.objectContaining({ dst: '203.0.113.0/24', scope: 'link' }),
    ]),
  );
  expect(all(lab, 4).find(({ dst }) => dst === '203.0.113.0/24')).not.toHaveProperty('gateway');
  expect(all(lab, 6)).toContainEqual(
    expect.objectContaining({
      dst: '2001:db8:1::/48',
      gateway: 'fd00:1::1',
      table: '100',
      metric: 88,
      metrics: [{ mtu: 1290, advmss: 1210 }],
    }),
  );
  expect(result.routes).toEqual(routes);
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0 });
});

test('CHECK tells of a route whose priority or metrics were changed', ({ lab, cni }) => {
  cni.add('c1', config);
  lab.shell(
    'c1',
    `ip route del 192.0.2.0/24 table 100
     ip route add 192.0.2.0/24 via 10.1.0.1 table 100 metric 78 mtu 1300 advmss 1200`,
  );
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
    code: 105,
    msg: expect.stringContaining('route 192.0.2.0/24 is missing') as string,
  });
  lab.shell('c1', 'ip route change 192.0.2.0/24 via 10.1.0.1 table 100 metric 78');
  lab.shell('c1', 'ip route add 192.0.2.0/24 via 10.1.0.1 table 100 metric 77');
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
    msg: expect.stringContaining('route 192.0.2.0/24 is missing') as string,
  });
});
