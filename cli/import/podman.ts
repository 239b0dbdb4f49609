// The files of podman from 4.0 on, one for each network: netavark reads them.
import {
  boolean,
  goObject,
  list,
  optional,
  required,
  text,
  textMap,
  unknown,
  withDefault,
} from '../../cni/index.ts';
import type { Output } from '../../cni/index.ts';
import { validate } from '../../cni/validate.ts';
import { INTERNAL, MTU_OPTION, optionName } from '../../cnm/network-options.ts';
import type { SubnetSpec } from '../../cnm/network-subnets.ts';
import { blockOf } from './range.ts';
import { assertIpv4, knownOptions, readHost, readSubnet, remarkUnknown, untakeable } from './translation.ts';
import type { Dialect, Translation } from './translation.ts';

const subnet = goObject({
  subnet: required(text),
  gateway: optional(text),
  lease_range: optional(goObject({ start_ip: optional(text), end_ip: optional(text) })),
});

const shape = {
  name: required(text),
  driver: withDefault('bridge', text),
  network_interface: optional(text),
  subnets: withDefault([], list(subnet)),
  routes: withDefault([], list(unknown)),
  ipv6_enabled: withDefault(false, boolean),
  internal: withDefault(false, boolean),
  dns_enabled: withDefault(false, boolean),
  network_dns_servers: withDefault([], list(text)),
  labels: withDefault({}, textMap),
  options: withDefault({}, textMap),
  ipam_options: withDefault({}, textMap),
};

const network = goObject(shape);

type PodmanNetwork = Output<typeof network>;

const known: ReadonlySet<string> = new Set([...Object.keys(shape), 'id', 'created']);

/** podman's names of options, under ours. */
const renamed: Readonly<Record<string, string>> = {
  mtu: MTU_OPTION,
  isolate: optionName('isIsolated'),
  outbound_addr4: optionName('hostIpv4'),
  outbound_addr6: optionName('hostIpv6'),
};

/** Without these a network would be another one. */
const essential: readonly string[] = ['vlan', 'vrf'];

function assertTakeable({ driver, options, ipam_options }: PodmanNetwork): void {
  if (driver !== 'bridge') throw untakeable(`driver ${driver}: tsnet makes networks of driver bridge alone`);
  const { driver: ipamDriver = 'host-local' } = ipam_options;
  if (ipamDriver !== 'host-local')
    throw untakeable(`IPAM driver ${ipamDriver}: tsnet gives addresses itself`);
  if ((options['mode'] ?? 'managed') !== 'managed')
    throw untakeable(`option mode ${options['mode'] ?? ''}: tsnet manages its bridges itself`);
  const lost = essential.find((name) => Object.hasOwn(options, name));
  if (lost !== undefined) throw untakeable(`option ${lost}: networks of tsnet have none`);
}

function toOptions(from: PodmanNetwork, remarks: string[]): Record<string, string> {
  const given = Object.entries(from.options)
    .filter(([name]) => name !== 'mode')
    .map(([name, value]) => {
      const ours = renamed[name] ?? name;
      return [ours, ours === renamed['isolate'] && value === 'strict' ? 'true' : value] as const;
    });
  const options = knownOptions(Object.fromEntries(given), remarks);
  if (from.network_interface !== undefined) options[optionName('bridgeName')] = from.network_interface;
  if (from.internal) options[INTERNAL] = 'true';
  return options;
}

function toSubnets({ subnets }: PodmanNetwork, remarks: string[]): SubnetSpec[] {
  return subnets.map(({ subnet: text, gateway, lease_range: range }) => {
    const cidr = readSubnet(text);
    const [start, end] = [readHost(range?.start_ip), readHost(range?.end_ip)];
    return { cidr, gateway: readHost(gateway), range: blockOf(cidr, start, end, remarks) };
  });
}

function remarkLost(from: PodmanNetwork, remarks: string[]): void {
  if (from.dns_enabled)
    remarks.push('taken without its DNS server (dns_enabled): /etc/hosts in each sandbox names the members');
  if (from.network_dns_servers.length > 0)
    remarks.push('taken without network_dns_servers: say --dns for a sandbox');
  if (from.routes.length > 0) remarks.push('taken without its routes');
  remarkUnknown(from, known, remarks);
}

function translate(definition: unknown): Translation {
  const from = validate(network, definition);
  assertTakeable(from);
  const remarks: string[] = [];
  const subnets = toSubnets(from, remarks);
  assertIpv4(subnets);
  const options = toOptions(from, remarks);
  remarkLost(from, remarks);
  const spec = { name: from.name, subnets, hasIpv6: from.ipv6_enabled, options, labels: from.labels };
  return { spec, remarks };
}

/** What podman as root has. */
export const podman: Dialect = {
  folder: '/etc/containers/networks',
  endings: ['.json'],
  split: (json) => (Array.isArray(json) ? (json as unknown[]) : [json]),
  translate,
};
