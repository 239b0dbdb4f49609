// CHECK: it has to notice whatever was broken, and to be content with what was not.
import { expect } from 'vitest';
import { portsConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import { elementsOf, tablesOf } from './look.ts';

const config = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);

test('is content with what ADD made, with and without prevResult', ({ cni }) => {
  const prevResult = cni.add('c1', config);
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(cni.call('CHECK', 'c1', { ...config, prevResult })).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
});

// A lab with one container has one veth in the host.
const HOST_END = '$(ip -br link show type veth | cut -d@ -f1)';

/** Each way to break an endpoint: where, by which command, and what CHECK says then. */
const damages: readonly [string, string, string, RegExp][] = [
  [
    'an IPv4 address removed',
    'c1',
    'ip address del 10.1.0.2/24 dev eth0',
    /address 10\.1\.0\.2\/24 is missing/,
  ],
  [
    'an IPv6 address removed',
    'c1',
    'ip address del fd00:1::2/64 dev eth0',
    /address fd00:1::2\/64 is missing/,
  ],
  ['the IPv4 route removed', 'c1', 'ip route del default', /route 0\.0\.0\.0\/0 is missing/],
  ['the IPv6 route removed', 'c1', 'ip -6 route del default', /route ::\/0 is missing/],
  ['the interface down', 'c1', 'ip link set eth0 down', /interface "eth0" is down in the sandbox/],
  ['the interface gone', 'c1', 'ip link del eth0', /interface "eth0" is missing in the sandbox/],
  ["the host's end down", HOST, `ip link set ${HOST_END} down`, /link "veth[0-9a-f]{11}" is down/],
  [
    "the host's end out of the bridge",
    HOST,
    `ip link set ${HOST_END} nomaster`,
    /link "veth[0-9a-f]{11}" is not in bridge "cni0"/,
  ],
  ['the bridge down', HOST, 'ip link set cni0 down', /bridge "cni0" is down/],
  ['the bridge deleted', HOST, 'ip link del cni0', /bridge "cni0" is missing/],
  [
    'a port element deleted',
    HOST,
    'nft delete element inet tsnet any_ports4 "{ tcp . 8080 }"',
    /its elements in set "any_ports4" of table inet tsnet are missing or wrong/,
  ],
  [
    'a port element that leads elsewhere',
    HOST,
    'nft delete element inet tsnet any_ports6 "{ tcp . 8080 }"; nft add element inet tsnet any_ports6 "{ tcp . 8080 : fd00:1::99 . 80 }"',
    /its elements in set "any_ports6"/,
  ],
  [
    'the masquerade element deleted',
    HOST,
    'nft delete element inet tsnet masquerade4 "{ 10.1.0.2 }"',
    /its elements in set "masquerade4"/,
  ],
  ['the ruleset flushed', HOST, 'nft flush ruleset', /its elements in set "endpoints4"/],
];

for (const [name, where, command, complaint] of damages) {
  test(`fails after ${name}`, ({ lab, cni }) => {
    cni.add('c1', config);
    lab.shell(where, command);
    const { code, msg } = cni.fail('CHECK', 'c1', config);
    expect(msg).toMatch(/^endpoint net\/c1\/eth0: /);
    expect(msg).toMatch(complaint);
    expect(code).toBe(105);
  });
}

test('fails for a container that is not attached', ({ lab, cni }) => {
  lab.container('c1');
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
    code: 105,
    msg: 'endpoint net/c1/eth0: it is not on record as attached',
  });
});

test('fails in another namespace than the one attached', ({ lab, cni }) => {
  cni.add('c1', config);
  const netns = lab.container('c2');
  const { code, msg } = cni.fail('CHECK', 'c1', config, { netns });
  expect(code).toBe(105);
  expect(msg).toContain('"/run/netns/c2" is not the sandbox it was attached in');
});

test('after "nft flush ruleset" the next ADD builds the table again, with the elements of all', ({
  lab,
  cni,
}) => {
  cni.add('c1', config);
  cni.add('c2', portsConfig([{ hostPort: 8081, containerPort: 80, protocol: 'udp' }]));
  const before = elementsOf(lab);
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  expect(tablesOf(lab)).toEqual([]);
  const third = portsConfig([]);
  cni.add('c3', third);
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
  cni.del('c3', third);
  const after = elementsOf(lab);
  for (const [set, elements] of Object.entries(before)) {
    expect(after[set]).toHaveLength(elements.length);
    expect(after[set]).toEqual(expect.arrayContaining([...elements]));
  }
});

test('after "nft flush ruleset" a DEL succeeds, too, and leaves the others whole', ({ lab, cni }) => {
  cni.add('c1', config);
  cni.add('c2', portsConfig([]));
  lab.exec(HOST, ['nft', 'flush', 'ruleset']);
  cni.del('c2', portsConfig([]));
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
});
