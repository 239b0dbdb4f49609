// What `docker network inspect` tells, from 20.10 to 29.
import { Ip } from '../../address/index.ts';
import { boolean, goObject, list, optional, required, text, textMap, withDefault } from '../../cni/index.ts';
import type { Output } from '../../cni/index.ts';
import { validate } from '../../cni/validate.ts';
import { INTERNAL, optionName } from '../../cnm/network-options.ts';
import type { SubnetSpec } from '../../cnm/network-subnets.ts';
import { assertIpv4, knownOptions, readHost, readSubnet, untakeable } from './translation.ts';
import type { Dialect, Translation } from './translation.ts';

const pool = goObject({
  Subnet: required(text),
  IPRange: optional(text),
  Gateway: optional(text),
  AuxiliaryAddresses: optional(textMap),
});

const ipam = goObject({
  Driver: withDefault('default', text),
  Options: optional(textMap),
  Config: withDefault([], list(pool)),
});

const network = goObject({
  Name: required(text),
  Driver: required(text),
  Scope: withDefault('local', text),
  // 20.10 knows no network without.
  EnableIPv4: withDefault(true, boolean),
  EnableIPv6: withDefault(false, boolean),
  IPAM: optional(ipam),
  Internal: withDefault(false, boolean),
  Ingress: withDefault(false, boolean),
  ConfigOnly: withDefault(false, boolean),
  Options: withDefault({}, textMap),
  Labels: withDefault({}, textMap),
});

type DockerNetwork = Output<typeof network>;

/** They are there in every installation, of Docker's and of ours. */
const predefined: readonly string[] = ['bridge', 'host', 'none'];

/** What says nothing: Docker tells it in another place, too. */
const redundant: readonly string[] = [
  'com.docker.network.enable_ipv4',
  'com.docker.network.enable_ipv6',
  'com.docker.network.bridge.default_bridge',
];

const direct = 'tsnet.direct_routing';

function assertTakeable({ Driver, Scope, Ingress, ConfigOnly, EnableIPv4, IPAM }: DockerNetwork): void {
  if (Driver !== 'bridge') throw untakeable(`driver ${Driver}: tsnet makes networks of driver bridge alone`);
  if (Scope !== 'local' || Ingress) throw untakeable(`scope ${Scope}: it is a swarm's`);
  if (ConfigOnly) throw untakeable('is a configuration for other networks, and none itself');
  if (!EnableIPv4) throw untakeable('has no IPv4, which every network of tsnet has');
  if (IPAM !== undefined && IPAM.Driver !== 'default')
    throw untakeable(`IPAM driver ${IPAM.Driver}: tsnet gives addresses itself`);
}

function toSubnet({ Subnet, IPRange, Gateway, AuxiliaryAddresses = {} }: Output<typeof pool>): SubnetSpec {
  const reserved = Object.entries(AuxiliaryAddresses).map(([name, ip]) => [name, Ip.parse(ip)] as const);
  return {
    cidr: readSubnet(Subnet),
    gateway: readHost(Gateway),
    range: IPRange === undefined ? undefined : readSubnet(IPRange),
    reserved: Object.fromEntries(reserved),
  };
}

function toSubnets({ EnableIPv6, IPAM }: DockerNetwork, remarks: string[]): SubnetSpec[] {
  const all = (IPAM?.Config ?? []).map(toSubnet);
  for (const name of Object.keys(IPAM?.Options ?? {}))
    remarks.push(`taken without IPAM option ${name}: not known here`);
  const taken = all.filter(({ cidr }) => cidr.family === 4 || EnableIPv6);
  for (const { cidr } of all.filter((one) => !taken.includes(one)))
    remarks.push(`taken without subnet ${cidr.toString()}: the network has no IPv6`);
  return taken;
}

// Docker reads true and false in every way that Go's ParseBool does.
function plainValue(value: string): string {
  if (/^(t|TRUE|True)$/.test(value)) return 'true';
  return /^(f|FALSE|False)$/.test(value) ? 'false' : value;
}

/** `nat-unprotected` is of one family; with us, of the network. */
function withGatewayModes(
  options: Readonly<Record<string, string>>,
  subnets: readonly SubnetSpec[],
  remarks: string[],
): Record<string, string> {
  const names = { 4: optionName('gatewayMode4'), 6: optionName('gatewayMode6') };
  const isOpen = (name: string): boolean => options[name] === 'nat-unprotected';
  const closed = subnets.filter(({ cidr }) => !isOpen(names[cidr.family]));
  const open = Object.values(names).filter(isOpen);
  const kept = Object.entries(options).filter(([name]) => !open.includes(name));
  if (open.length > 0 && closed.length === 0) kept.push([direct, 'true']);
  else for (const name of open) remarks.push(`taken without option ${name} nat-unprotected: only for both`);
  return Object.fromEntries(kept);
}

function toOptions(from: DockerNetwork, subnets: readonly SubnetSpec[], remarks: string[]) {
  const given = Object.entries(from.Options)
    .filter(([name]) => !redundant.includes(name))
    .map(([name, value]) => [name, plainValue(value)] as const);
  const options = withGatewayModes(knownOptions(Object.fromEntries(given), remarks), subnets, remarks);
  return from.Internal ? { ...options, [INTERNAL]: 'true' } : options;
}

function translate(definition: unknown): Translation | undefined {
  const from = validate(network, definition);
  if (predefined.includes(from.Name)) return undefined;
  assertTakeable(from);
  const remarks: string[] = [];
  const subnets = toSubnets(from, remarks);
  assertIpv4(subnets);
  const options = toOptions(from, subnets, remarks);
  const spec = { name: from.Name, subnets, hasIpv6: from.EnableIPv6, options, labels: from.Labels };
  return { spec, remarks };
}

/** A list of networks, or one. */
export const docker: Dialect = {
  folder: undefined,
  endings: ['.json'],
  split: (json) => (Array.isArray(json) ? (json as unknown[]) : [json]),
  translate,
};
