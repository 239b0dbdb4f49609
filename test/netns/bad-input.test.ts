// Bad input: the right code, a message that names key and value, and nothing changed in kernel or store.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Cni, Config, Options } from './cni.ts';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { snapshot } from './snapshot.ts';

interface Case {
  readonly config?: Config;
  readonly options?: Options;
  readonly code: number;
  /** What the message, or its details, has to say. */
  readonly says: RegExp;
  readonly container?: string;
}

function withIpam(ipam: object): Config {
  return bridgeConfig({ ipam: { type: 'host-local', ...ipam } });
}

function withRuntime(runtimeConfig: object): Config {
  return bridgeConfig({ runtimeConfig });
}

/** Each of these is called on an empty host, and again beside another container. */
const anywhere: Readonly<Record<string, Case>> = {
  'broken JSON': { config: '{bad', code: 6, says: /not JSON/ },
  'empty stdin': { config: '', code: 6, says: /stdin is empty/ },
  'JSON that is no object': { config: '[1]', code: 6, says: /not a JSON object/ },
  'a network without a name': {
    config: bridgeConfig({ name: undefined }),
    code: 7,
    says: /missing network name/,
  },
  'a network name with a slash': {
    config: bridgeConfig({ name: 'a/b' }),
    code: 7,
    says: /network name.*a\/b/s,
  },
  'an unknown version': {
    config: bridgeConfig({ cniVersion: '9.9.9' }),
    code: 1,
    says: /incompatible.*"9\.9\.9"/s,
  },
  'an unknown verb': {
    options: { env: { CNI_COMMAND: 'ATTACH' } },
    code: 4,
    says: /unknown CNI_COMMAND: ATTACH/,
  },
  'missing variables': {
    options: { env: { CNI_CONTAINERID: '', CNI_NETNS: '' } },
    code: 4,
    says: /\[CNI_CONTAINERID,CNI_NETNS\] missing/,
  },
  'a container id with a slash': {
    options: { env: { CNI_CONTAINERID: 'a/b' } },
    code: 4,
    says: /containerID.*a\/b/s,
  },
  'an interface name that is too long': {
    options: { ifname: 'sixteen-letters-' },
    code: 4,
    says: /interface name is too long.*sixteen-letters-/s,
  },
  'broken CNI_ARGS': {
    options: { env: { CNI_ARGS: 'IP=10.1.0.5;MAC' } },
    code: 999,
    says: /ARGS: invalid pair "MAC"/,
  },
  'no ranges': { config: withIpam({}), code: 7, says: /ipam: no IP ranges/ },
  'a bad prefix length': {
    config: withIpam({ subnet: '10.1.0.0/33' }),
    code: 7,
    says: /ipam\.subnet "10\.1\.0\.0\/33"/,
  },
  'a subnet that is none': {
    config: withIpam({ subnet: 'localhost' }),
    code: 7,
    says: /ipam\.subnet "localhost"/,
  },
  'a subnet that is too small': {
    config: withIpam({ subnet: '10.1.0.0/31' }),
    code: 7,
    says: /10\.1\.0\.0\/31/,
  },
  'a gateway outside the subnet': {
    config: withIpam({ subnet: '10.1.0.0/24', gateway: '10.2.0.1' }),
    code: 7,
    says: /gateway.*10\.2\.0\.1/,
  },
  'a range outside the subnet': {
    config: withIpam({ ranges: [[{ subnet: '10.1.0.0/24', rangeEnd: '10.2.0.9' }]] }),
    code: 7,
    says: /ranges.*rangeEnd.*10\.2\.0\.9/,
  },
  'an IPAM type that is nowhere': {
    config: withIpam({ type: 'nowhere' }),
    code: 999,
    says: /plugin "nowhere"/,
  },
  'an IPAM type that leads out of CNI_PATH': {
    config: withIpam({ type: '../../bin/true' }),
    code: 999,
    says: /\.\.\/\.\.\/bin\/true/,
  },
  'an address outside the subnet': {
    config: withRuntime({ ips: ['10.9.0.5'] }),
    code: 7,
    says: /10\.9\.0\.5/,
  },
  'an address that is none': {
    config: withRuntime({ ips: ['10.1.0.999'] }),
    code: 7,
    says: /runtimeConfig\.ips\[0\] "10\.1\.0\.999"/,
  },
  'the address of the gateway': {
    config: withRuntime({ ips: ['10.1.0.1'] }),
    code: 102,
    says: /10\.1\.0\.1 is the gateway/,
  },
  'a port out of range': {
    config: portsConfig([{ hostPort: 70000, containerPort: 80, protocol: 'tcp' }]),
    code: 7,
    says: /runtimeConfig\.portMappings\[0\]\.hostPort 70000/,
  },
  'an unknown protocol': {
    config: portsConfig([{ hostPort: 70, containerPort: 80, protocol: 'icmp' }]),
    code: 7,
    says: /runtimeConfig\.portMappings\[0\]\.protocol "icmp"/,
  },
  'a host address that is none': {
    config: portsConfig([{ hostPort: 70, containerPort: 80, protocol: 'tcp', hostIP: 'localhost' }]),
    code: 7,
    says: /runtimeConfig\.portMappings\[0\]\.hostIP "localhost"/,
  },
  'one port twice': {
    config: portsConfig([
      { hostPort: 70, containerPort: 80, protocol: 'tcp' },
      { hostPort: 70, containerPort: 81, protocol: 'tcp' },
    ]),
    code: 103,
    says: /:70\/tcp is already published/,
  },
  'a port on an address of a family that the container has not': {
    config: bridgeConfig({
      ipam: { type: 'host-local', subnet: '10.1.0.0/24' },
      runtimeConfig: { portMappings: [{ hostPort: 70, containerPort: 80, protocol: 'tcp', hostIP: '::1' }] },
    }),
    code: 7,
    says: /::1.*70\/tcp.*no address of that family/,
  },
  'a MAC that is none': {
    config: withRuntime({ mac: '02:42' }),
    code: 7,
    says: /runtimeConfig\.mac "02:42"/,
  },
  'a bridge name that is too long': {
    config: bridgeConfig({ bridge: 'sixteen-letters-' }),
    code: 7,
    says: /bridge "sixteen-letters-"/,
  },
  'a bridge name that is a number': { config: bridgeConfig({ bridge: 7 }), code: 7, says: /bridge 7/ },
  'a negative mtu': { config: bridgeConfig({ mtu: -1 }), code: 7, says: /mtu -1/ },
  'hairpin and promiscuous mode': {
    config: bridgeConfig({ hairpinMode: true, promiscMode: true }),
    code: 7,
    says: /hairpin mode and promiscuous mode/,
  },
  'a route that is none': {
    config: withIpam({ subnet: '10.1.0.0/24', routes: [{ dst: 'home' }] }),
    code: 7,
    says: /ipam\.routes\[0\]\.dst "home"/,
  },
  'mode container without a container': {
    config: { cniVersion: '1.1.0', name: 'net', type: 'container' },
    code: 7,
    says: /container: missing/,
  },
  'a namespace that is not there': {
    options: { netns: '/run/netns/missing' },
    code: 8,
    says: /"\/run\/netns\/missing": nothing is there/,
  },
  'a directory as namespace': {
    options: { netns: '/run/netns' },
    code: 8,
    says: /"\/run\/netns": it is no network namespace/,
  },
  'a regular file as namespace': {
    options: { netns: '/etc/passwd' },
    code: 8,
    says: /"\/etc\/passwd": it is no network namespace/,
  },
  'a namespace of another kind': {
    options: { netns: '/proc/self/ns/mnt' },
    code: 8,
    says: /"\/proc\/self\/ns\/mnt": it is no network namespace/,
  },
  "the host's own namespace": {
    options: { netns: '/proc/self/ns/net' },
    code: 8,
    says: /"\/proc\/self\/ns\/net" is the host's own/,
  },
  "the host's own namespace in mode none": {
    config: { cniVersion: '1.1.0', name: 'net', type: 'none' },
    options: { netns: '/proc/self/ns/net' },
    code: 8,
    says: /is the host's own/,
  },
};

/** The configuration of the container that is attached when something else goes wrong. */
const neighbour = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);

/** Each of these only goes wrong beside `neighbour`, container `c1` with address 10.1.0.2. */
const besideNeighbour: Readonly<Record<string, Case>> = {
  'the same container twice': {
    container: 'c1',
    code: 104,
    says: /container "c1" is already attached.*"net".*"eth0"/,
  },
  'a port that is published': {
    config: neighbour,
    code: 103,
    says: /0\.0\.0\.0:8080\/tcp is already published by net\/c1\/eth0/,
  },
  'a port that is published on every address': {
    config: portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' }]),
    code: 103,
    says: /127\.0\.0\.1:8080\/tcp is already published by net\/c1\/eth0/,
  },
  'an address that is held': {
    config: withRuntime({ ips: ['10.1.0.2'] }),
    code: 102,
    says: /10\.1\.0\.2 has been allocated to c1/,
  },
  'an exhausted range': {
    config: withIpam({ subnet: '10.1.0.0/24', rangeStart: '10.1.0.2', rangeEnd: '10.1.0.2' }),
    code: 101,
    says: /no IP addresses available.*10\.1\.0\.2-10\.1\.0\.2/,
  },
  'a bridge with another gateway': {
    config: bridgeConfig({
      name: 'second',
      ipam: { type: 'host-local', subnet: '10.1.0.0/25', gateway: '10.1.0.100' },
    }),
    code: 104,
    says: /"cni0" already has an IP address different from 10\.1\.0\.100\/25/,
  },
};

const fallback = bridgeConfig();

/** Tries all of them in one lab, each between two looks at kernel and store. */
function refuseAll(lab: Lab, cni: Cni, cases: Readonly<Record<string, Case>>): void {
  const before = snapshot(lab);
  for (const [name, { container = 'c2', config = fallback, options, code, says }] of Object.entries(cases)) {
    const plugin = typeof config === 'string' ? 'bridge' : String(config['type']);
    const error = cni.fail('ADD', container, config, { plugin, ...options });
    expect(`${error.msg} ${error.details ?? ''}`, name).toMatch(says);
    expect(error.code, name).toBe(code);
    expect(snapshot(lab), name).toEqual(before);
  }
}

test(`on an empty host nothing changes: ${Object.keys(anywhere).join('; ')}`, ({ lab, cni }) => {
  lab.container('c2');
  refuseAll(lab, cni, anywhere);
});

test(`beside a container nothing changes: the same; ${Object.keys(besideNeighbour).join('; ')}`, ({
  lab,
  cni,
}) => {
  lab.container('c2');
  cni.add('c1', neighbour);
  refuseAll(lab, cni, { ...anywhere, ...besideNeighbour });
  expect(cni.call('CHECK', 'c1', neighbour)).toMatchObject({ status: 0 });
});

/** Fails an ADD after `prepare`, and proves that it changed nothing. */
function refuseAfter(name: string, prepare: (lab: Lab) => void, code: number, says: RegExp): void {
  test(`${name}: refused, nothing changed`, ({ lab, cni, ownLinks }) => {
    lab.container('c1');
    prepare(lab);
    ownLinks.push('cni0', 'other');
    const before = snapshot(lab);
    const error = cni.fail('ADD', 'c1', neighbour);
    expect(error.msg).toMatch(says);
    expect(error.code).toBe(code);
    // Forwarding is switched on together with the bridge, which comes first, and is not ours to switch off again.
    expect({ ...snapshot(lab), settings: '' }).toEqual({ ...before, settings: '' });
    lab.shell('c1', 'ip link del eth0 || true');
  });
}

refuseAfter(
  'an interface of that name in the namespace',
  (lab) => lab.shell('c1', 'ip link add eth0 type bridge'),
  104,
  /interface "eth0" already exists in network namespace "\/run\/netns\/c1"/,
);
refuseAfter(
  'a bridge name that is another kind of link',
  (lab) => lab.shell(HOST, 'ip link add cni0 type veth peer name other'),
  104,
  /bridge "cni0": a link of that name exists and is no bridge/,
);

const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

test('not root: refused, nothing changed', ({ lab, cni, skip }) => {
  const probe = lab.attempt(HOST, [...asNobody, 'true']);
  if (probe.status !== 0) skip(`no other user to be had: ${probe.stderr.trim()}`);
  lab.container('c1');
  const before = snapshot(lab);
  const error = cni.fail('ADD', 'c1', neighbour, { wrapper: asNobody });
  expect(error.code).toBe(106);
  expect(error.msg).toMatch(/run as root/);
  // Also where it could write the store.
  chmodSync(lab.folder, 0o1777);
  const open = join(lab.folder, 'open');
  const again = cni.fail('ADD', 'c1', neighbour, { wrapper: asNobody, env: { TSNET_RUN_DIR: open } });
  expect(again.code).toBe(106);
  expect(snapshot(lab)).toEqual(before);
});
