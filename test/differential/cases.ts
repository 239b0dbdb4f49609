// What is compared.
import type { Case, Traffic } from './observed.ts';
import type { PluginConfig } from './chain.ts';
import { HOST, OUTSIDE } from '../netns/lab.ts';

const v4 = [{ subnet: '10.1.0.0/24' }];
const v6 = [{ subnet: 'fd00:1::/64' }];

function bridge(keys: Readonly<Record<string, unknown>> = {}): PluginConfig {
  return {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: true,
    ipam: { type: 'host-local', ranges: [v4], routes: [{ dst: '0.0.0.0/0' }] },
    ...keys,
  };
}

const dual = { type: 'host-local', ranges: [v4, v6], routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }] };

function portmap(keys: Readonly<Record<string, unknown>> = {}): PluginConfig {
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
  return { type: 'portmap', snat: true, runtimeConfig: { portMappings }, ...keys };
}

const toContainer: Traffic[] = [
  { from: HOST, address: '10.1.0.2', port: 80 },
  { from: 'c1', address: OUTSIDE[4].outside, port: 80 },
];

const toPublished: Traffic[] = [
  { from: OUTSIDE.name, address: OUTSIDE[4].host, port: 8080 },
  { from: HOST, address: OUTSIDE[4].host, port: 8080 },
  { from: HOST, address: '127.0.0.1', port: 8080 },
  { from: 'c1', address: OUTSIDE[4].host, port: 8080 },
];

const toPublished6: Traffic[] = [
  { from: OUTSIDE.name, address: OUTSIDE[6].host, port: 8080 },
  { from: HOST, address: OUTSIDE[6].host, port: 8080 },
  { from: HOST, address: '::1', port: 8080 },
];

export const cases: readonly Case[] = [
  { name: 'a bridge with a gateway and masquerade', chain: { plugins: [bridge()] }, traffic: toContainer },
  {
    name: 'a default gateway in both families',
    chain: { plugins: [bridge({ isDefaultGateway: true, ipam: { type: 'host-local', ranges: [v4, v6] } })] },
    traffic: toContainer,
  },
  { name: 'no gateway and no masquerade', chain: { plugins: [bridge({ isGateway: false, ipMasq: false })] } },
  {
    name: 'without IPAM',
    chain: { plugins: [bridge({ ipam: undefined, isGateway: false, ipMasq: false })] },
  },
  { name: 'hairpin mode', chain: { plugins: [bridge({ hairpinMode: true })] } },
  { name: 'promiscuous mode', chain: { plugins: [bridge({ promiscMode: true })] } },
  { name: 'an mtu', chain: { plugins: [bridge({ mtu: 1400 })] } },
  { name: 'another interface name', chain: { plugins: [bridge()], ifname: 'net1' } },
  {
    name: 'an address asked for by the runtime',
    chain: { plugins: [bridge({ runtimeConfig: { ips: ['10.1.0.77/24'] } })] },
  },
  {
    name: 'an address asked for by CNI_ARGS',
    chain: { plugins: [bridge()], env: { CNI_ARGS: 'IgnoreUnknown=1;IP=10.1.0.78;K8S_POD_NAME=x' } },
  },
  {
    name: 'a range with ends and a gateway of its own',
    chain: {
      plugins: [
        bridge({
          ipam: {
            type: 'host-local',
            ranges: [
              [
                {
                  subnet: '10.1.0.0/24',
                  rangeStart: '10.1.0.50',
                  rangeEnd: '10.1.0.60',
                  gateway: '10.1.0.254',
                },
              ],
            ],
            routes: [{ dst: '192.0.2.0/24', gw: '10.1.0.254' }],
          },
        }),
      ],
    },
  },
  {
    name: 'published ports',
    chain: { plugins: [bridge(), portmap()] },
    traffic: [...toContainer, ...toPublished],
  },
  {
    name: 'published ports in both families',
    chain: { plugins: [bridge({ ipam: dual }), portmap()] },
    traffic: [...toPublished, ...toPublished6],
    wait: 2500,
  },
  {
    name: 'an older version of the specification',
    chain: { version: '0.3.1', plugins: [bridge()] },
  },
  {
    name: 'static addresses',
    chain: {
      plugins: [
        bridge({
          ipam: {
            type: 'static',
            addresses: [{ address: '10.1.0.9/24', gateway: '10.1.0.1' }],
            routes: [{ dst: '192.0.2.0/24' }],
          },
        }),
      ],
    },
  },
  {
    name: 'ptp',
    chain: {
      plugins: [
        {
          type: 'ptp',
          ipMasq: true,
          ipam: { type: 'host-local', ranges: [v4], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    },
    traffic: toContainer,
  },
  {
    name: 'ptp in both families',
    chain: { plugins: [{ type: 'ptp', mtu: 1400, ipam: dual }] },
    traffic: toContainer.slice(0, 1),
  },
  {
    name: 'ptp with published ports',
    chain: {
      plugins: [
        {
          type: 'ptp',
          ipMasq: true,
          ipam: { type: 'host-local', ranges: [v4], routes: [{ dst: '0.0.0.0/0' }] },
        },
        portmap(),
      ],
    },
    traffic: toPublished,
  },
  {
    name: 'macvlan',
    chain: {
      plugins: [
        {
          type: 'macvlan',
          master: 'up0',
          mode: 'private',
          mtu: 1400,
          ipam: { type: 'host-local', ranges: [v4] },
        },
      ],
    },
  },
  {
    name: 'host-device',
    before: 'ip link add dev1 type veth peer name dev2; ip link set dev2 up',
    chain: { plugins: [{ type: 'host-device', device: 'dev1', ipam: { type: 'host-local', ranges: [v4] } }] },
  },
  {
    name: 'a firewall in front of a closed host',
    before: 'iptables -P FORWARD DROP; ip6tables -P FORWARD DROP',
    chain: { plugins: [bridge(), { type: 'firewall' }] },
    traffic: toContainer,
  },
  {
    name: 'no firewall plugin in front of a closed host',
    before: 'iptables -P FORWARD DROP; ip6tables -P FORWARD DROP',
    chain: { plugins: [bridge()] },
    traffic: toContainer,
  },
  {
    name: 'tuned',
    chain: {
      plugins: [
        bridge(),
        {
          type: 'tuning',
          mtu: 1300,
          promisc: true,
          sysctl: { 'net.ipv4.conf.IFNAME.log_martians': '1', 'net.core.somaxconn': '500' },
        },
      ],
    },
  },
  {
    name: 'with limited bandwidth',
    chain: {
      plugins: [
        bridge(),
        {
          type: 'bandwidth',
          ingressRate: 8_000_000,
          ingressBurst: 8_000_000,
          egressRate: 8_000_000,
          egressBurst: 8_000_000,
        },
      ],
    },
    traffic: toContainer,
  },
  { name: 'routes by source', chain: { plugins: [bridge(), { type: 'sbr' }] }, traffic: toContainer },
  { name: 'loopback', chain: { plugins: [{ type: 'loopback' }], ifname: 'lo' }, device: 'lo' },

  {
    name: 'a subnet with host bits',
    chain: { plugins: [bridge({ ipam: { type: 'host-local', subnet: '10.1.0.5/24' } })] },
  },
  {
    name: 'a subnet too small',
    chain: { plugins: [bridge({ ipam: { type: 'host-local', subnet: '10.1.0.0/32' } })] },
  },
  {
    name: 'an address outside of the range',
    chain: { plugins: [bridge()], env: { CNI_ARGS: 'IgnoreUnknown=1;IP=10.9.0.1' } },
  },
  {
    name: 'hairpin and promiscuous mode',
    chain: { plugins: [bridge({ hairpinMode: true, promiscMode: true })] },
  },
  { name: 'portmap without a result before', chain: { plugins: [portmap()] } },
  {
    name: 'an interface that is there already',
    chain: { plugins: [bridge()] },
    before: 'ip -n c1 link add eth0 type veth peer name other',
  },
];
