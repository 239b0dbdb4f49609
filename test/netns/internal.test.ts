// Networks without any way out or in.
import { describe, expect } from 'vitest';
import { bridgeConfig } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { elementsOf, routesOf } from './look.ts';
import { answers, expectAnswers, expectSilence, isSilent, ping, reach } from './reach.ts';
import { test } from './routed-fixture.ts';

const plain = { isDefaultGateway: false, isGateway: true, ipMasq: false };
const internal = bridgeConfig({ ...plain, internal: true });
const open = bridgeConfig(plain);
const other = bridgeConfig({
  name: 'other',
  bridge: 'cni1',
  ipMasq: false,
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.2.0.0/24' }], [{ subnet: 'fd00:2::/64' }]] },
});
const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };

/** As a container may do that manages its own routes. */
function routeOut(lab: Lab, container: string): void {
  lab.shell(container, 'ip route add default via 10.1.0.1; ip -6 route add default via fd00:1::1');
}

async function serveAll(lab: Lab): Promise<void> {
  await Promise.all(['c1', 'far', OUTSIDE.name].map((name) => lab.serve(name, 80)));
}

/** Every way between a network and what is not of it, as [from, to]. */
const ways: [string, string][] = [4, 6].flatMap((family): [string, string][] => {
  const address = family === 4 ? (n: number) => `10.${n}.0.2` : (n: number) => `fd00:${n}::2`;
  const { outside } = OUTSIDE[family as 4 | 6];
  return [
    ['c1', outside],
    ['c1', address(2)],
    [OUTSIDE.name, address(1)],
    ['far', address(1)],
  ];
});

test('neither out nor in, whatever routes the container makes; members and the host are reached', async ({
  lab,
  cni,
}) => {
  for (const name of ['c1', 'c2']) cni.add(name, internal);
  cni.add('far', other);
  expect(routesOf(lab, 'c1', 4).map(({ dst }) => dst)).toEqual(['10.1.0.0/24']);
  await serveAll(lab);
  routeOut(lab, 'c1');
  await Promise.all(ways.map(([from, address]) => expectSilence(lab, from, [address])));
  for (const address of ['10.1.0.2', 'fd00:1::2']) {
    expect(reach(lab, 'c2', { address, port: 80 })).toMatch(/^c1 /);
    expect(reach(lab, HOST, { address, port: 80 })).toMatch(/^c1 /);
  }
  for (const address of ['10.1.0.1', 'fd00:1::1']) expect(ping(lab, 'c1', address)).toBe(true);
});

test('without it every one of these ways is open', async ({ lab, cni }) => {
  cni.add('c1', open);
  cni.add('far', other);
  await serveAll(lab);
  routeOut(lab, 'c1');
  for (const [from, address] of ways) expectAnswers(lab, from, [address]);
});

test('translations of others, published ports and flows of an earlier time lead nowhere', async ({
  lab,
  cni,
}) => {
  const translate = `nft 'table ip somebody { chain c { type nat hook prerouting priority dstnat;
    ip daddr ${OUTSIDE[4].host} tcp dport 9000 dnat to 10.1.0.2:80; }; }'`;
  lab.shell(HOST, translate);
  const outcomes = async (config: Record<string, unknown>): Promise<boolean[]> => {
    const { ips = [] } = cni.add('c1', { ...config, args: { cni: { ips: ['10.1.0.2', 'fd00:1::2'] } } });
    expect(ips.map(({ address }) => address)).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
    cni.add('far', { ...other, runtimeConfig: { portMappings: [web] } });
    if (config === open) await serveAll(lab);
    routeOut(lab, 'c1');
    // The same identifier is the same flow: the kernel knows it as established.
    const flow = ['ping', '-n', '-c', '1', '-W', '1', '-e', '4242', '10.1.0.2'];
    const isOpen = config === open;
    return [
      await answers(lab, 'c1', { address: '10.1.0.1', port: 8080 }, isOpen),
      await answers(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 9000 }, isOpen),
      lab.attempt(OUTSIDE.name, flow).status === 0,
    ];
  };
  expect(await outcomes(open)).toEqual([true, true, true]);
  // The same addresses again, before the kernel forgets.
  cni.deleteAll();
  expect(await outcomes(internal)).toEqual([false, false, false]);
});

test('CHECK tells what is missing, the next ADD mends it, the elements go with the last one', ({
  lab,
  cni,
}) => {
  for (const name of ['c1', 'c2']) cni.add(name, internal);
  expect(elementsOf(lab)).toMatchObject({ internal: ['cni0'], enclosed: [{ concat: ['cni0', 'cni0'] }] });
  for (const set of ['internal', 'enclosed']) {
    lab.exec(HOST, ['nft', 'flush', 'set', 'inet', 'tsnet', set]);
    expect(cni.fail('CHECK', 'c1', internal).msg).toContain(
      `its elements in set "${set}" of table inet tsnet`,
    );
    cni.add(set, internal);
    expect(cni.call('CHECK', 'c1', internal)).toMatchObject({ status: 0 });
  }
  cni.add('far', other);
  cni.deleteAll();
  cni.add('far', other);
  expect(elementsOf(lab)).toMatchObject({ internal: [], enclosed: [] });
});

describe('what contradicts it is refused, and changes nothing', () => {
  test.for<[string, Record<string, unknown>, string]>([
    [
      'portMappings',
      { runtimeConfig: { portMappings: [web] } },
      'host port 8080/tcp: an internal network publishes no ports',
    ],
    ['ipMasq', { ipMasq: true }, 'internal true: contradicts ipMasq true'],
    ['isDefaultGateway', { isDefaultGateway: true }, 'internal true: contradicts isDefaultGateway true'],
    [
      'a default route',
      { ipam: { type: 'host-local', subnet: '10.1.0.0/24', routes: [{ dst: '0.0.0.0/0' }] } },
      'internal true: contradicts route 0.0.0.0/0 by the gateway',
    ],
  ])('%s', ([, keys, says], { lab, cni, ownLinks }) => {
    lab.container('c1');
    const { code, msg } = cni.fail('ADD', 'c1', { ...internal, ...keys });
    expect(msg).toContain(says);
    expect(code).toBe(7);
    expect(findLeftovers(lab, ownLinks)).toEqual([]);
  });

  test('ports of the portmap plugin behind it', ({ lab, cni }) => {
    const prevResult = cni.add('c1', internal);
    const config = {
      cniVersion: '1.1.0',
      name: 'net',
      type: 'portmap',
      runtimeConfig: { portMappings: [web] },
    };
    expect(cni.fail('ADD', 'c1', { ...config, prevResult })).toMatchObject({
      code: 7,
      msg: 'portMappings: "cni0" is of an internal network, which publishes no ports: leave them out',
    });
    expect(elementsOf(lab)['any_ports4']).toEqual([]);
  });
});

describe('tsnet network create --internal', () => {
  test('is told by inspect, gives no default route and no ports', async ({ lab, cli }) => {
    cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', '--internal', 'n1');
    const [network] = cli.json('network', 'inspect', 'n1') as [{ Internal: boolean; Options: object }];
    expect(network.Internal).toBe(true);
    expect(network.Options).not.toHaveProperty('com.docker.network.internal');
    expect(network.Options).toMatchObject({ 'com.docker.network.bridge.enable_ip_masquerade': 'false' });
    const routes = cli.tsnet('run', '--network', 'n1', '--', 'ip', 'route');
    expect(routes.trim().split('\n')).toEqual([expect.stringMatching(/^10\.9\.0\.0\/24 dev eth0/)]);
    await cli.start('one', '--network', 'n1', '--ip', '10.9.0.9', '--', 'sleep', '60');
    const { status } = cli.attempt('run', '--network', 'n1', '--', 'ping', '-n', '-c', '1', '10.9.0.9');
    expect(status).toBe(0);
    expect(isSilent(lab, OUTSIDE.name, { address: '10.9.0.9', port: 80 })).toBe(true);
    await cli.endAll();
    expect(cli.attempt('run', '--network', 'n1', '-p', '8080:80', '--', 'true')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('host port 8080/tcp: an internal network publishes no ports') as string,
    });
    cli.tsnet('network', 'rm', 'n1');
  });

  test('with masquerade it contradicts itself', ({ cli }) => {
    const masquerade = 'com.docker.network.bridge.enable_ip_masquerade=true';
    expect(cli.attempt('network', 'create', '--internal', '-o', masquerade, 'n1').stderr).toContain(
      'option com.docker.network.bridge.enable_ip_masquerade "true": contradicts an internal network',
    );
    expect(cli.tsnet('network', 'ls')).not.toContain('n1');
  });
});
