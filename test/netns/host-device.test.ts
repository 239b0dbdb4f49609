// The host-device plugin: a device of the host's moves into a container and comes back.
import { existsSync, rmSync } from 'node:fs';
import { expect } from 'vitest';
import { test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { addressesOf, linkOf, linksOf, routesOf } from './look.ts';
import { ping } from './reach.ts';
import { snapshot } from './snapshot.ts';
import { readStore } from './store.ts';

const MAC = '02:00:00:00:00:01';
const OWN = ['lo', 'dev0', 'dev1'];

/** A host with a pair of devices: dev0, which is to move, and dev1, its other end. No address of theirs settles later. */
const test = base.extend<{ device: undefined }>({
  device: [
    async ({ lab, ownLinks }, use) => {
      ownLinks.push('dev0', 'dev1');
      lab.shell(
        HOST,
        `ip link add dev0 address ${MAC} type veth peer name dev1; ip link set dev0 addrgenmode none up; ip link set dev1 addrgenmode none up
         ip address add 10.9.0.1/24 dev dev1`,
      );
      await use(undefined);
    },
    { auto: true },
  ],
});

const config = { cniVersion: '1.1.0', name: 'net', type: 'host-device', device: 'dev0' };
const withIpam = {
  ...config,
  ipam: { type: 'host-local', subnet: '10.9.0.0/24', rangeStart: '10.9.0.5', routes: [{ dst: '0.0.0.0/0' }] },
};

/** Expects the device on the host as it was, but down. */
function expectBack(lab: Lab): void {
  const link = linkOf(lab, HOST, 'dev0');
  expect(link).toMatchObject({ address: MAC });
  expect(link.flags).not.toContain('UP');
  expect(link).not.toHaveProperty('ifalias');
  expect(findLeftovers(lab, OWN)).toEqual([]);
}

test('the device moves under the name asked for, and back under its own', ({ lab, cni }) => {
  expect(cni.add('c1', config)).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'eth0', mac: MAC, mtu: 1500, sandbox: '/run/netns/c1' }],
  });
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address: MAC, ifalias: 'dev0' });
  expect(linkOf(lab, 'c1', 'eth0').flags).toContain('UP');
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo', 'dev1']);
  expect(cni.call('CHECK', 'c1', config)).toMatchObject({ status: 0, stdout: '' });
  cni.del('c1', config);
  expectBack(lab);
  cni.del('c1', config);
  expectBack(lab);
});

test('with addresses: they, the routes and a ping', ({ lab, cni }) => {
  const result = cni.add('c1', withIpam);
  expect(result).toMatchObject({
    ips: [{ interface: 0, address: '10.9.0.5/24', gateway: '10.9.0.1' }],
    routes: [{ dst: '0.0.0.0/0' }],
  });
  expect(addressesOf(lab, 'c1', 'eth0')).toEqual(['10.9.0.5/24']);
  expect(routesOf(lab, 'c1', 4)).toEqual(
    expect.arrayContaining([expect.objectContaining({ dst: 'default', gateway: '10.9.0.1' })]),
  );
  expect(ping(lab, 'c1', '10.9.0.1')).toBe(true);
  expect(cni.call('CHECK', 'c1', { ...withIpam, prevResult: result })).toMatchObject({
    status: 0,
    stdout: '',
  });
  lab.exec('c1', ['ip', 'address', 'flush', 'dev', 'eth0']);
  expect(cni.fail('CHECK', 'c1', withIpam)).toMatchObject({
    code: 105,
    msg: expect.stringContaining('address 10.9.0.5/24 is missing') as string,
  });
  cni.del('c1', withIpam);
  expectBack(lab);
});

test('by its MAC address', ({ lab, cni }) => {
  cni.add('c1', { ...config, device: undefined, hwaddr: MAC });
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address: MAC });
});

test('an alias that it had comes back with it', ({ lab, cni }) => {
  lab.shell(HOST, 'ip link set dev0 alias "mine, and long"');
  cni.add('c1', config);
  expect(linkOf(lab, 'c1', 'eth0').ifalias).toBe('dev0');
  cni.del('c1', config);
  expect(linkOf(lab, HOST, 'dev0').ifalias).toBe('mine, and long');
});

test("names that are taken on the other side are in nobody's way", ({ lab, cni, ownLinks }) => {
  ownLinks.push('eth0');
  lab.shell(HOST, 'ip link add eth0 type bridge');
  lab.container('c1');
  lab.shell('c1', 'ip link add dev0 type bridge');
  cni.add('c1', config);
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address: MAC });
  expect(linkOf(lab, HOST, 'eth0').linkinfo?.info_kind).toBe('bridge');
  cni.del('c1', config);
  expect(linkOf(lab, HOST, 'dev0')).toMatchObject({ address: MAC });
  expect(linkOf(lab, 'c1', 'dev0').linkinfo?.info_kind).toBe('bridge');
  lab.shell('c1', 'ip link del dev0');
});

test('the name that it had is taken: it comes back under a free one, its alias tells the old', ({
  lab,
  cni,
  ownLinks,
}) => {
  cni.add('c1', config);
  lab.shell(HOST, 'ip link add dev0 type bridge');
  cni.del('c1', config);
  const back = linksOf(lab, HOST).find(({ address }) => address === MAC);
  expect(back).toMatchObject({ ifname: expect.stringMatching(/^dev\d+$/) as string, ifalias: 'dev0' });
  expect(linkOf(lab, HOST, 'dev0').linkinfo?.info_kind).toBe('bridge');
  ownLinks.push(back?.ifname ?? '');
});

test('an interface of that name in the container is refused, and nothing changed', ({ lab, cni }) => {
  lab.container('c1');
  lab.shell('c1', 'ip link add eth0 type bridge');
  expect(cni.fail('ADD', 'c1', config)).toMatchObject({
    code: 104,
    msg: 'interface "eth0" already exists in network namespace "/run/netns/c1"',
  });
  expect(linkOf(lab, HOST, 'dev0')).toMatchObject({ address: MAC });
  expect(linkOf(lab, HOST, 'dev0')).not.toHaveProperty('ifalias');
  expect(linkOf(lab, HOST, 'dev0').flags).toContain('UP');
  lab.shell('c1', 'ip link del eth0');
});

test('an ADD that fails after the move gives the device back', ({ lab, cni }) => {
  const wrong = { ...withIpam.ipam, routes: [{ dst: '10.77.0.0/16', gw: '172.16.0.1' }] };
  lab.container('c1');
  expect(cni.fail('ADD', 'c1', { ...config, ipam: wrong }).msg).toContain('route 10.77.0.0/16');
  expectBack(lab);
});

test('DEL with an empty CNI_NETNS, and without the keys that ADD had', ({ lab, cni }) => {
  cni.add('c1', withIpam);
  cni.del('c1', { cniVersion: '1.1.0', name: 'net', type: 'host-device' }, { netns: '' });
  expectBack(lab);
});

test('DEL finds the device by two of name, alias and address', ({ lab, cni }) => {
  const changes = [
    'ip link set eth0 name other',
    'ip link set eth0 alias ""',
    'ip link set eth0 address 02:00:00:00:00:99',
  ];
  for (const change of changes) {
    cni.add('c1', config);
    lab.shell('c1', `ip link set eth0 down; ${change}`);
    cni.del('c1', config);
    expect(linkOf(lab, HOST, 'dev0').flags).not.toContain('UP');
    lab.shell(HOST, `ip link set dev0 address ${MAC}`);
  }
});

test('CHECK: another interface under its name is not it; an interface that is down is told', ({
  lab,
  cni,
}) => {
  cni.add('c1', config);
  lab.shell('c1', 'ip link set eth0 down');
  expect(cni.fail('CHECK', 'c1', config).msg).toContain('interface "eth0" is down in the sandbox');
  lab.shell('c1', 'ip link set eth0 name dev0; ip link add eth0 type bridge; ip link set eth0 up');
  expect(cni.fail('CHECK', 'c1', config)).toMatchObject({
    code: 105,
    msg: 'endpoint net/c1/eth0: interface "eth0" is not device "dev0"',
  });
  lab.shell('c1', 'ip link del eth0');
  expect(cni.fail('CHECK', 'c1', config).msg).toContain('interface "eth0" is missing in the sandbox');
});

test('DEL after the namespace has gone, and the device with it', ({ lab, cni, ownLinks }) => {
  cni.add('c1', withIpam);
  lab.endContainer('c1');
  cni.del('c1', withIpam);
  expect(readStore(lab).endpoint).toEqual([]);
  ownLinks.push('dev0');
});

// What the kernel does with a device that has hardware when its namespace ends: back to the host, under the name that it
// had there or another, and down.
test.for(['eth0', 'dev7'])(
  'a device that the kernel gave back as %s gets its name again',
  (name, { lab, cni }) => {
    cni.add('c1', config);
    const host = lab.processes[0] ?? 0;
    lab.shell(
      'c1',
      `ip link set eth0 down; ip link set eth0 name ${name}; ip link set ${name} netns ${host}`,
    );
    expect(linkOf(lab, HOST, name)).toMatchObject({ address: MAC });
    lab.endContainer('c1');
    cni.del('c1', config);
    expectBack(lab);
  },
);

test('DEL after the store was lost: the alias tells the name', ({ lab, cni }) => {
  cni.add('c1', config);
  rmSync(lab.runDir, { recursive: true });
  cni.del('c1', config);
  expectBack(lab);
});

const REFERENCE = '/usr/lib/cni/host-device';

test("a device that the reference's plugin has moved is given back, not deleted", ({ lab, cni, skip }) => {
  if (!existsSync(REFERENCE)) skip('containernetworking-plugins is not installed');
  const env = {
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: 'c1',
    CNI_NETNS: lab.container('c1'),
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/usr/lib/cni',
  };
  const old = { ...config, cniVersion: '1.0.0' };
  expect(lab.attempt(HOST, [REFERENCE], env, JSON.stringify(old)).status).toBe(0);
  cni.del('c1', { cniVersion: '1.1.0', name: 'net', type: 'bridge' });
  expect(linkOf(lab, 'c1', 'eth0')).toMatchObject({ address: MAC });
  cni.del('c1', config);
  expectBack(lab);
});

test('GC gives back what is not in the list', ({ lab, cni }) => {
  cni.add('c1', withIpam);
  const list = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
  expect(cni.call('GC', 'c1', { ...withIpam, ...list })).toMatchObject({ status: 0, stdout: '' });
  expect(cni.call('CHECK', 'c1', withIpam)).toMatchObject({ status: 0, stdout: '' });
  const none = { 'cni.dev/valid-attachments': [] };
  expect(cni.call('GC', 'c1', { ...withIpam, ...none })).toMatchObject({ status: 0, stdout: '' });
  expectBack(lab);
});

test('ADD killed at any moment: DEL gives the device back', async ({ lab, cni }) => {
  lab.container('c1');
  cni.attached('c1', withIpam);
  const places = new Set<string>();
  // Later and later, until one is done before it is killed.
  for (let moment = 4, isDone = false; !isDone; moment = Math.ceil(moment * 1.2)) {
    const { child, outcome } = cni.start('ADD', 'c1', withIpam);
    const timer = setTimeout(() => child.kill('SIGKILL'), moment);
    isDone = (await outcome).status === 0;
    clearTimeout(timer);
    places.add(linksOf(lab, HOST).some(({ ifname }) => ifname === 'dev0') ? 'host' : 'sandbox');
    cni.del('c1', withIpam);
    expect([moment, linkOf(lab, HOST, 'dev0').address]).toEqual([moment, MAC]);
    expect([moment, findLeftovers(lab, OWN)]).toEqual([moment, []]);
    expect(linkOf(lab, HOST, 'dev0')).not.toHaveProperty('ifalias');
  }
  expect([...places].sort()).toEqual(['host', 'sandbox']);
});

test('two ADDs at once: one gets the device, the other leaves it alone', async ({ lab, cni }) => {
  for (const name of ['c1', 'c2']) {
    lab.container(name);
    cni.attached(name, config);
  }
  const outcomes = await Promise.all(['c1', 'c2'].map((name) => cni.start('ADD', name, config).outcome));
  expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 1]);
  const winner = outcomes[0]?.status === 0 ? 'c1' : 'c2';
  expect(linkOf(lab, winner, 'eth0')).toMatchObject({ address: MAC });
  expect(readStore(lab).endpoint).toMatchObject([{ container: winner }]);
});

/** A sysfs of the test's own: a network card with a link, a virtio one, an auxiliary device, one that DPDK drives. */
function fakeSysfs(lab: Lab): void {
  lab.shell(
    HOST,
    `mount -t tmpfs none /sys
     cd /sys; mkdir -p bus/pci/devices bus/auxiliary/devices bus/pci/drivers/vfio-pci class/net
     card=devices/pci0000:00/0000:00:03.0; mkdir -p $card/net/dev0
     virtio=devices/pci0000:00/0000:00:04.0; mkdir -p $virtio/virtio1/net/dev0
     sub=devices/pci0000:00/0000:00:05.0/mlx5_core.sf.4; mkdir -p $sub/net/dev0
     dpdk=devices/pci0000:00/0000:00:06.0; mkdir -p $dpdk
     for one in $card $virtio $dpdk; do ln -s /sys/$one bus/pci/devices/; done
     ln -s /sys/$sub bus/auxiliary/devices/
     ln -s /sys/bus/pci/drivers/vfio-pci $dpdk/driver
     mkdir class/net/dev0`,
  );
}

const cards: readonly [string, object, string, string | undefined][] = [
  ['pciBusID', { pciBusID: '0000:00:03.0' }, '0000:00:03.0', '0000:00:03.0'],
  ['kernelpath', { kernelpath: '/sys/devices/pci0000:00/0000:00:03.0' }, '0000:00:03.0', '0000:00:03.0'],
  ['virtio', { pciBusID: '0000:00:04.0' }, '0000:00:04.0/virtio1', '0000:00:04.0'],
  [
    'deviceID before pciBusID',
    { pciBusID: '0000:00:09.0', runtimeConfig: { deviceID: '0000:00:03.0' } },
    '0000:00:03.0',
    '0000:00:03.0',
  ],
  [
    'an auxiliary device',
    { runtimeConfig: { deviceID: 'mlx5_core.sf.4' } },
    '0000:00:05.0/mlx5_core.sf.4',
    undefined,
  ],
];

for (const [name, keys, path, pciID] of cards) {
  test(`found by ${name}, the result tells its address on the bus`, ({ lab, cni }) => {
    fakeSysfs(lab);
    lab.shell(HOST, `ln -s /sys/devices/pci0000:00/${path} /sys/class/net/dev0/device`);
    const { interfaces } = cni.add('c1', { ...config, device: undefined, ...keys });
    const known = pciID === undefined ? {} : { pciID };
    expect(interfaces).toEqual([{ name: 'eth0', mac: MAC, mtu: 1500, sandbox: '/run/netns/c1', ...known }]);
    cni.del('c1', config);
    expectBack(lab);
  });
}

test('a device that DPDK drives: addresses and nothing else', ({ lab, cni }) => {
  fakeSysfs(lab);
  const dpdk = { ...withIpam, device: undefined, pciBusID: '0000:00:06.0' };
  const before = linksOf(lab, HOST);
  expect(cni.add('c1', dpdk)).toMatchObject({
    interfaces: [{ name: '', pciID: '0000:00:06.0' }],
    ips: [{ interface: 0, address: '10.9.0.5/24' }],
  });
  expect(linksOf(lab, HOST)).toEqual(before);
  expect(linksOf(lab, 'c1').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(cni.call('CHECK', 'c1', dpdk)).toMatchObject({ status: 0, stdout: '' });
  lab.shell(HOST, 'rm /sys/bus/pci/devices/0000:00:06.0/driver');
  expect(cni.fail('CHECK', 'c1', dpdk)).toMatchObject({ code: 105 });
});

const wrong: Record<string, [object, RegExp]> = {
  'no device': [{ device: undefined }, /specify either "device", "hwaddr", "kernelpath" or "pciBusID"$/],
  'a device that is not there': [{ device: 'nix0' }, /^device "nix0": the host has no such network device$/],
  'a MAC that nobody has': [
    { device: undefined, hwaddr: '02:00:00:00:00:77' },
    /^hwaddr "02:00:00:00:00:77"/,
  ],
  'a MAC that is none': [{ device: undefined, hwaddr: 'zz' }, /hwaddr "zz"/],
  'a path elsewhere': [
    { device: undefined, kernelpath: '/etc' },
    /^kernelpath "\/etc": kernel device path must be absolute and begin with \/sys\/devices\/$/,
  ],
  'a path that leads out': [{ device: undefined, kernelpath: '/sys/devices/../class' }, /^kernelpath/],
  'a PCI address that is none': [{ device: undefined, pciBusID: '../../x' }, /^pciBusID "\.\.\/\.\.\/x"/],
  'a PCI device without a link': [
    { device: undefined, pciBusID: 'ffff:ff:1f.7' },
    /^pci device "ffff:ff:1f\.7": the host has no such network device$/,
  ],
  'a device id that is none': [
    { device: undefined, runtimeConfig: { deviceID: 'a/b' } },
    /^runtimeConfig\.deviceID "a\/b"/,
  ],
};

for (const [name, [keys, says]] of Object.entries(wrong)) {
  test(`${name}: refused, and nothing changed`, ({ lab, cni }) => {
    lab.container('c1');
    const before = snapshot(lab);
    expect(cni.fail('ADD', 'c1', { ...withIpam, ...keys })).toMatchObject({
      code: 7,
      msg: expect.stringMatching(says) as string,
    });
    expect(snapshot(lab)).toEqual(before);
  });
}
