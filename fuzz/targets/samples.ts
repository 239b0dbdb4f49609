// Configurations and results to begin with.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import { inputs } from '../target.ts';

const golden = join(root, 'cni', 'golden');

/** A result of every version, with a byte before it that chooses one. */
export const results: readonly Uint8Array[] = readdirSync(golden).flatMap((name, index) => {
  const text = JSON.stringify(JSON.parse(readFileSync(join(golden, name), 'utf8')));
  return inputs(`${String.fromCharCode(index)}${text}`);
});

const newest = JSON.parse(readFileSync(join(golden, '1.1.0.json'), 'utf8')) as object;

const ipam = {
  type: 'host-local',
  ranges: [
    [{ subnet: '10.1.0.0/24', rangeStart: '10.1.0.5', rangeEnd: '10.1.0.9', gateway: '10.1.0.1' }],
    [{ subnet: 'fd00:1::/64' }],
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1', mtu: 1400, advmss: 1300, priority: 5, table: 100, scope: 0 }],
  resolvConf: '/etc/resolv.conf',
  dataDir: '/var/lib/cni/networks',
};
const runtimeConfig = {
  portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' }],
  bandwidth: { ingressRate: 8000, ingressBurst: 8000, egressRate: 8000, egressBurst: 8000 },
  ips: ['10.1.0.7/24'],
  mac: '02:00:00:00:00:01',
  ipRanges: [[{ subnet: '10.2.0.0/24' }]],
  dns: { nameservers: ['10.1.0.1'], domain: 'a', search: ['b'], options: ['c'] },
  deviceID: '0000:00:1f.6',
};
const addresses = [{ address: '10.1.0.9/24', gateway: '10.1.0.1' }];

const configurations: readonly object[] = [
  {
    type: 'bridge',
    bridge: 'cni0',
    isDefaultGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam,
    runtimeConfig,
  },
  {
    type: 'bridge',
    vlan: 5,
    vlanTrunk: [{ minID: 10, maxID: 20 }, { id: 30 }],
    macspoofchk: true,
    mtu: 1400,
  },
  { type: 'ptp', ipMasq: true, nonMasqueradeCIDRs: ['10.0.0.0/8'], ipam: { type: 'static', addresses } },
  { type: 'portmap', snat: true, masqAll: true, conditionsV4: ['-s', '10.0.0.0/8'], runtimeConfig },
  { type: 'bandwidth', ingressRate: 1, ingressBurst: 2, egressRate: 3, egressBurst: 4, prevResult: newest },
  {
    type: 'tuning',
    sysctl: { 'net.ipv4.conf.IFNAME.arp_notify': '1' },
    mac: runtimeConfig.mac,
    promisc: true,
  },
  { type: 'firewall', ingressPolicy: 'same-bridge', prevResult: newest },
  { type: 'macvlan', master: 'eth0', mode: 'bridge', linkInContainer: false, bcqueuelen: 5, ipam },
  { type: 'ipvlan', master: 'eth0', mode: 'l3s', ipam },
  { type: 'vlan', master: 'eth0', vlanId: 5, ipam },
  { type: 'tap', multiQueue: true, owner: 1, group: 2, selinuxContext: 'a', bridge: 'b', ipam },
  { type: 'host-device', pciBusID: '0000:00:1f.6', hwaddr: runtimeConfig.mac, kernelpath: '/sys/devices/a' },
  { type: 'sbr', table: 100, prevResult: newest },
  { type: 'vrf', vrfname: 'red', table: 5, prevResult: newest },
  { type: 'container', container: 'c1', args: { cni: { ips: ['10.1.0.4'], mac: runtimeConfig.mac } } },
  {
    type: 'none',
    'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }],
    dns: runtimeConfig.dns,
  },
];

/** A configuration of every plugin that has keys of its own. */
export const configs: readonly Uint8Array[] = inputs(
  ...configurations.map((one) => JSON.stringify({ cniVersion: '1.1.0', name: 'net', ...one })),
  '{"name":"a","__proto__":{"type":"b"},"IPAM":null,"Type":""}',
);
